"""Draw what was read of line images beside what is written there."""
from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from ocr.formats.lettering import Lettering


def draw_readings(line_images: Sequence[np.ndarray], texts: Sequence[Tuple[str, str]], width: int = 1000) -> np.ndarray:
    """Draw line images one below the other, each with its transcript in black and, where it differs, the reading in red.

    Parameters
    ----------
    line images : uint8 (H, W) grey, all of one height.
    texts : (transcript, reading) of each line image.
    width : of the image in pixels; longer line images are cut off.

    Returns
    -------
    uint8 (rows, width, 3) RGB.
    """
    from PIL import Image, ImageDraw

    lettering = Lettering()
    font = lettering.font(15)
    tall = line_images[0].shape[0] + 44
    sheet = Image.new("RGB", (width, tall * len(line_images)), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (line_image, (transcript, reading)) in enumerate(zip(line_images, texts)):
        sheet.paste(Image.fromarray(line_image[:, :width]), (0, row * tall))
        top = row * tall + line_image.shape[0]
        pen.text((4, top), lettering.legible(transcript), fill="black", font=font)
        if reading != transcript:
            pen.text((4, top + 19), lettering.legible(reading), fill="red", font=font)
    return np.asarray(sheet)
