"""Read pictures that show one line or one word each, without any page around it."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable, List, Sequence

import numpy as np

from ocr.decoding.ctc.best_path import Decoded
from ocr.images.alone import LOOSEST, on_more_paper, picture_strip
from ocr.images.load import count_frames, expand, read_frame
from ocr.output import failure_reason
from ocr.recognition.stage import RecognitionStage, line_confidence

SPACES = (0.0, 0.3, LOOSEST)
"""Amounts of more paper that a picture is read with.

Cut by itself a word fills the strip, so that "on" is as high as "fly", and no one size suits both.
"""


def read_alone(read: Callable[[Sequence[np.ndarray]], List[Decoded]], strips: Sequence[np.ndarray]) -> List[Decoded]:
    """Read strips as `ocr.images.alone` makes them in several sizes, and take of each strip the surest reading.

    Parameters
    ----------
    read : reads grey strips, uint8 (H, W), of one height.
    """
    sizes = [read([on_more_paper(strip, space) for strip in strips]) for space in SPACES]
    return [max(alike, key=lambda decoded: decoded.confidence) for alike in zip(*sizes)]


def print_pictures(stage: RecognitionStage, sources: Sequence[str]) -> int:
    """Print file, text and confidence of each picture, parted by tabs; one that fails is named on stderr.

    Parameters
    ----------
    sources : pictures, each of one line or word, PDF or TIFF of several; folders of them; glob patterns.

    Returns
    -------
    The exit code: 1 if anything failed.
    """
    failed = 0
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")

    def attempt(label: str, otherwise: Any, work: Callable, *arguments) -> Any:
        nonlocal failed
        try:
            return work(*arguments)
        except Exception as error:                      # whatever is wrong with one picture, the others are still read
            print(f"failed: {failure_reason(label, error)}", file=sys.stderr)
            failed = 1
            return otherwise

    paths = [path for source in sources for path in attempt(source, [], expand, [source])]
    for path in dict.fromkeys(paths):
        for frame in range(attempt(str(path), 0, count_frames, path)):
            label = str(path) + (f", page {frame + 1}" if frame else "")
            decoded = attempt(label, None, _read_picture, stage, path, frame)
            if decoded is not None:
                print(label, decoded.text, f"{line_confidence(stage.words(decoded)):.3f}", sep="\t", flush=True)
    return failed


def _read_picture(stage: RecognitionStage, path: Path, frame: int) -> Decoded:
    (decoded,) = read_alone(stage.read_apart, [picture_strip(read_frame(path, frame).pixels, stage.height)])
    return decoded
