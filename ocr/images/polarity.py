"""Whether a page shows light writing on dark: negatives of scans and microfilm, chalk on a board, screens."""
from __future__ import annotations

import cv2
import numpy as np

_SIDE, _WINDOW = 1000, 61           # pixels: of the image that is looked at, and of the neighbourhood that is the background
_DARK, _MIN_CONTRAST = 110, 24      # grey levels: a dark background is below; writing differs by more
_MIN_DARK, _MIN_WRITTEN = 0.6, 0.001  # parts of the image: with a dark background, and of light writing
_MIN_RATIO = 4                      # of pixels lighter than their background to darker ones


def is_light_on_dark(pixels: np.ndarray) -> bool:
    """Return whether what is written on an image is lighter than what it is written on.

    The background is the median of each pixel's neighbourhood, where strokes are a minority. Most of the image has to be dark,
    so that a page that lies on a dark table is left as it is.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB.
    """
    scale = _SIDE / max(pixels.shape[:2])
    if scale < 1:
        smaller = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
        pixels = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)                             # (h, w)
    if np.mean(grey < _DARK) < _MIN_DARK / 2:                                   # most pages: nothing more to compute
        return False
    background = cv2.medianBlur(grey, _WINDOW)
    lighter = float(np.mean(cv2.subtract(grey, background) > _MIN_CONTRAST))
    darker = float(np.mean(cv2.subtract(background, grey) > _MIN_CONTRAST))
    return bool(np.mean(background < _DARK) >= _MIN_DARK and lighter >= max(_MIN_WRITTEN, _MIN_RATIO * darker))
