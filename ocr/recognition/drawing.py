"""Draw line images with their ground truth and what was read."""
from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from ocr.formats.lettering import Lettering


def draw_readings(line_images: Sequence[np.ndarray], texts: Sequence[Tuple[str, str]], width: int = 1000) -> np.ndarray:
    """Draw line images one below the other, each with its ground truth in black and, where it differs, the reading in red.

    Parameters
    ----------
    line_images : uint8 (H, W) grey, all of one height.
    texts : (ground truth, reading) of each line image.
    width : of the image in pixels; wider line images are cropped.

    Returns
    -------
    uint8 (rows, width, 3) RGB.
    """
    from PIL import Image, ImageDraw

    lettering = Lettering()
    font = lettering.font(15)
    row_height = line_images[0].shape[0] + 44
    image = Image.new("RGB", (width, row_height * len(line_images)), "white")
    canvas = ImageDraw.Draw(image)
    for row, (line_image, (ground_truth, reading)) in enumerate(zip(line_images, texts)):
        image.paste(Image.fromarray(line_image[:, :width]), (0, row * row_height))
        top = row * row_height + line_image.shape[0]
        canvas.text((4, top), lettering.legible(ground_truth), fill="black", font=font)
        if reading != ground_truth:
            canvas.text((4, top + 19), lettering.legible(reading), fill="red", font=font)
    return np.asarray(image)
