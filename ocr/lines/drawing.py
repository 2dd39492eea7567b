"""Draw detected lines, their baselines, and words on the page."""
from __future__ import annotations

from typing import Sequence, Tuple

import cv2
import numpy as np

from ocr.lines.scoring import PageResult


def draw_results(results: Sequence[PageResult], height: int = 900) -> np.ndarray:
    """Draw pages side by side, lines in red with their baselines in blue, words in green: uint8 (H, W, 3) RGB."""
    canvases = []
    for result in results:
        canvas = cv2.cvtColor(result.ground_truth.pixels, cv2.COLOR_GRAY2RGB)
        for line in result.lines:
            for word in line.words:
                _outline(canvas, word.polygon.array, (0, 150, 0), True)
            _outline(canvas, line.polygon.array, (220, 0, 0), True)
            _outline(canvas, np.array(line.baseline), (0, 0, 220), False)
        width = round(canvas.shape[1] * height / canvas.shape[0])
        canvases.append(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA))
    return np.concatenate(canvases, axis=1)


def _outline(canvas: np.ndarray, points: np.ndarray, colour: Tuple[int, int, int], closed: bool) -> None:
    cv2.polylines(canvas, [np.round(points).astype(np.int32)], closed, colour, 2, cv2.LINE_AA)
