"""Draw what was read of line strips beside what is written there."""
from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from ocr.formats.lettering import Lettering


def draw_readings(strips: Sequence[np.ndarray], texts: Sequence[Tuple[str, str]], width: int = 1000) -> np.ndarray:
    """Draw strips one below the other, each with its transcript in black and, where it differs, the reading in red.

    Parameters
    ----------
    strips : uint8 (H, W) grey, all of one height.
    texts : (transcript, reading) of each strip.
    width : of the picture in pixels; longer strips are cut off.

    Returns
    -------
    uint8 (rows, width, 3) RGB.
    """
    from PIL import Image, ImageDraw

    lettering = Lettering()
    font = lettering.font(15)
    tall = strips[0].shape[0] + 44
    sheet = Image.new("RGB", (width, tall * len(strips)), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (strip, (transcript, reading)) in enumerate(zip(strips, texts)):
        sheet.paste(Image.fromarray(strip[:, :width]), (0, row * tall))
        top = row * tall + strip.shape[0]
        pen.text((4, top), lettering.legible(transcript), fill="black", font=font)
        if reading != transcript:
            pen.text((4, top + 19), lettering.legible(reading), fill="red", font=font)
    return np.asarray(sheet)
