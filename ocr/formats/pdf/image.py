"""A page's image as a PDF holds it: a JPEG as it is, everything else compressed again."""
from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Mapping, Tuple

import cv2
import numpy as np
import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image

from ocr.formats.image_pixels import EXIF_TURNS, exif_orientation
from ocr.images.load import PDF_DPI, PDF_MAX_SIDE, is_pdf, open_image, read_frame
from ocr.page.geometry import Transform

QUALITY, MAX_DPI = 80, 300
"""Of images that are compressed again, except those in black and white, which are stored without loss."""

_A4 = 841.89, 595.28                                    # points
_DPI, _SIDES = (100, 1200), (72.0, 17.5 * 72)           # plausible values: lower ones are defaults of screens and cameras
_NEARLY_GREY = 6                                        # largest difference between the channels of a grey image
_AS_IT_IS = Transform.from_array(np.eye(3))


@dataclass(frozen=True)
class PdfImage:
    """A compressed image.

    Parameters
    ----------
    data : the stream's bytes.
    entries : of the stream's dictionary, without its length.
    turn : from the unit square of the stored image to that of the upright one that `ocr.images` loads, y downwards.
    points : (height, width) of the loaded image on paper, in points.
    """

    data: bytes = field(repr=False)
    entries: Mapping[str, Any]
    turn: Transform
    points: Tuple[float, float]

    def stream(self, document: pikepdf.Pdf) -> pikepdf.Stream:
        """Return the image as a stream of a document."""
        return pikepdf.Stream(document, self.data, Dictionary(Type=Name.XObject, Subtype=Name.Image, **self.entries))


def page_image(path: Path, frame: int = 0) -> PdfImage:
    """Compress one page of a file for a PDF.

    Grey and colour JPEGs are kept byte by byte. Of the rest, pure black and white is coded by CCITT group 4, without loss;
    grey and coloured pixels become JPEG of QUALITY, scaled down where they are finer than MAX_DPI. The paper size follows
    from the image's resolution; where that is missing or implausible for a scanner, it is the largest that fits on A4.

    Parameters
    ----------
    path : image or PDF.
    frame : index of the page in the file, from 0.

    Raises
    ------
    ImageError : the file is missing or cannot be read.
    """
    dpi = float(PDF_DPI)
    if not is_pdf(path):
        with open_image(path, frame) as image:
            dpi = _stated_dpi(image)
            if image.format == "JPEG" and image.mode in ("L", "RGB"):
                turn = EXIF_TURNS.get(exif_orientation(image))
                width, height = image.size
                upright = (width, height) if turn and turn[0] == 0 else (height, width)
                return PdfImage(path.read_bytes(), _entries("/DCTDecode", (height, width), image.mode == "L"),
                                   Transform(turn) if turn else _AS_IT_IS, _paper(upright, dpi))
    pixels = read_frame(path, frame).pixels
    if is_pdf(path) and max(pixels.shape[:2]) >= PDF_MAX_SIDE:
        dpi = 0.0
    height, width = pixels.shape[:2]
    return _compressed(pixels, _paper((height, width), dpi))


def _stated_dpi(image: Image.Image) -> float:
    """Return the resolution that an image states; 0 where it states none, or two different ones."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return across if abs(across - down) < 1 else 0.0


def _paper(size: Tuple[int, int], dpi: float) -> Tuple[float, float]:
    """Return the (height, width) in points of an image of (height, width) pixels on paper."""
    if _DPI[0] <= dpi <= _DPI[1]:
        stated = size[0] * 72 / dpi, size[1] * 72 / dpi
        if _SIDES[0] <= min(stated) and max(stated) <= _SIDES[1]:
            return stated
    scale = min(max(_A4) / max(size), min(_A4) / min(size))
    return size[0] * scale, size[1] * scale


def _entries(coding: str, size: Tuple[int, int], grey: bool, bits: int = 8, **more: object) -> Mapping[str, Any]:
    return dict(Filter=Name(coding), Height=size[0], Width=size[1], BitsPerComponent=bits,
                ColorSpace=Name.DeviceGray if grey else Name.DeviceRGB, **more)


def _compressed(pixels: np.ndarray, points: Tuple[float, float]) -> PdfImage:
    """Compress (H, W, 3) pixels."""
    red, green, blue = cv2.split(pixels)
    grey = int((cv2.max(cv2.max(red, green), blue) - cv2.min(cv2.min(red, green), blue)).max()) <= _NEARLY_GREY
    if grey and not cv2.countNonZero(cv2.inRange(green, 1, 254)):       # type: ignore[call-overload] # it takes numbers, too
        height, width = pixels.shape[:2]
        coding = Dictionary(K=-1, Columns=width, Rows=height, BlackIs1=True)
        return PdfImage(_group_4(green), _entries("/CCITTFaxDecode", (height, width), True, 1, DecodeParms=coding), _AS_IT_IS, points)
    scale = max(points) / 72 * MAX_DPI / max(pixels.shape[:2])
    if scale < 1:
        smaller = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
        pixels = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA)
    image, file = Image.fromarray(pixels), BytesIO()
    (image.convert("L") if grey else image).save(file, "JPEG", quality=QUALITY, optimize=True)
    height, width = pixels.shape[:2]
    return PdfImage(file.getvalue(), _entries("/DCTDecode", (height, width), grey), _AS_IT_IS, points)


def _group_4(pixels: np.ndarray) -> bytes:
    """Encode (H, W) pixels of 0 and 255 by CCITT group 4, as the only strip of a TIFF that Pillow writes."""
    file = BytesIO()
    Image.fromarray(pixels).convert("1").save(file, "TIFF", compression="group4", strip_size=pixels.size)
    with Image.open(file, formats=["TIFF"]) as tiff:
        tags = tiff.tag_v2                                                  # type: ignore[attr-defined] # of every TIFF
        (offset,), (count,) = tags[273], tags[279]                          # StripOffsets, StripByteCounts
    return file.getvalue()[offset:offset + count]
