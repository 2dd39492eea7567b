"""A page's image as a PDF holds it: a JPEG or JPEG 2000 as it is, everything else without loss."""
from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageOps

from ocr.formats.image_pixels import EXIF_TURNS, exif_orientation
from ocr.images.load import open_image, read_frame
from ocr.page.geometry import Transform

_A4 = 841.89, 595.28                                    # points
_DPI, _SIDES = (99, 1201), (72.0, 48 * 72)              # plausible values: lower ones are defaults of screens and cameras
_FAX_DPI = 72                                           # the lowest where the two resolutions differ, as only scanners say
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
    """Return one page of an image file as a PDF holds it.

    JPEG and JPEG 2000 are kept byte by byte. Of the rest, pure black and white is coded by CCITT group 4, and palettes, greys
    and colours as in PNG, all without loss; what has more than 8 bits, transparency or other colours, as it was read. The
    paper size follows from the image's resolution; where that is missing or implausible for a scanner, it is the largest that
    fits on A4.

    Parameters
    ----------
    path : the image.
    frame : index of the page in the file, from 0.

    Raises
    ------
    ImageError : the file is missing or cannot be read.
    """
    with open_image(path, frame) as image:
        dpi = _stated_dpi(image)
        kept = _kept(image, path)
        if kept is not None:
            turn = EXIF_TURNS.get(exif_orientation(image))
            width, height = image.size
            upright, dpi = ((width, height), dpi[::-1]) if turn and turn[0] == 0 else ((height, width), dpi)
            return PdfImage(path.read_bytes(), kept, Transform(turn) if turn else _AS_IT_IS, _paper(upright, dpi))
    pixels = read_frame(path, frame, for_reading=False).pixels                 # (H, W, 3); checks its size, and that it is whole
    with open_image(path, frame) as image:
        if exif_orientation(image) >= 5:
            dpi = dpi[::-1]
        if image.mode in ("1", "L", "P", "RGB") and "transparency" not in image.info:
            exact = ImageOps.exif_transpose(image)
        else:
            exact = Image.fromarray(pixels)
            exact = exact.convert("L") if (pixels == pixels[..., :1]).all() else exact
        height, width = exact.size[::-1]
        data, entries = _without_loss(exact)
    return PdfImage(data, entries, _AS_IT_IS, _paper((height, width), dpi))


def _kept(image: Image.Image, path: Path) -> Optional[Mapping[str, Any]]:
    """Return the entries of a file that a PDF can hold as it is; None for others."""
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}.get(image.mode)
    if space is None:
        return None
    height, width = image.size[::-1]
    if image.format in ("JPEG", "MPO"):
        inverted = {"Decode": Array([1, 0] * 4)} if image.mode == "CMYK" and "adobe" in image.info else {}
        return _entries("/DCTDecode", (height, width), space, 8, **inverted)
    if image.format == "JPEG2000" and image.mode != "CMYK" and path.suffix.lower() == ".jp2":
        return _entries("/JPXDecode", (height, width), space, 8)
    return None


def _stated_dpi(image: Image.Image) -> Tuple[float, float]:
    """Return the resolutions (down, across) that an image states; 0 where it states none."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    return down, across


def _paper(size: Tuple[int, int], dpi: Tuple[float, float]) -> Tuple[float, float]:
    """Return the (height, width) in points of an image of (height, width) pixels on paper."""
    lowest = _DPI[0] if abs(dpi[0] - dpi[1]) < 1 else _FAX_DPI
    if lowest <= min(dpi) and max(dpi) <= _DPI[1]:
        stated = size[0] * 72 / dpi[0], size[1] * 72 / dpi[1]
        if _SIDES[0] <= min(stated) and max(stated) <= _SIDES[1]:
            return stated
    scale = min(max(_A4) / max(size), min(_A4) / min(size))
    return size[0] * scale, size[1] * scale


def _entries(coding: str, size: Tuple[int, int], space: pikepdf.Object, bits: int, **more: object) -> Mapping[str, Any]:
    return dict(Filter=Name(coding), Height=size[0], Width=size[1], BitsPerComponent=bits, ColorSpace=space, **more)


def _without_loss(image: Image.Image) -> Tuple[bytes, Mapping[str, Any]]:
    """Code an image of mode 1, L, P or RGB."""
    size = image.size[::-1]
    pixels = np.asarray(image.convert("RGB") if image.mode == "P" else image.convert("L") if image.mode == "1" else image)
    if ((pixels == 0) | (pixels == 255)).all() and (pixels.ndim == 2 or (pixels == pixels[..., :1]).all()):
        coding = Dictionary(K=-1, Columns=size[1], Rows=size[0], BlackIs1=True)
        data = _group_4(pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., 0]))
        return data, _entries("/CCITTFaxDecode", size, Name.DeviceGray, 1, DecodeParms=coding)
    file = BytesIO()
    image.save(file, "PNG")
    parts: Dict[bytes, bytes] = {}
    for name, content in _chunks(file.getvalue()):
        parts[name] = parts.get(name, b"") + content
    bits, colours = parts[b"IHDR"][8], 3 if image.mode == "RGB" else 1
    space: Any = Name.DeviceRGB if image.mode == "RGB" else Name.DeviceGray
    if image.mode == "P":
        space = Array([Name.Indexed, Name.DeviceRGB, len(parts[b"PLTE"]) // 3 - 1, pikepdf.String(parts[b"PLTE"])])
    coding = Dictionary(Predictor=15, Colors=colours, BitsPerComponent=bits, Columns=size[1])
    return parts[b"IDAT"], _entries("/FlateDecode", size, space, bits, DecodeParms=coding)


def _chunks(png: bytes) -> Iterator[Tuple[bytes, bytes]]:
    """Yield the names and contents of the chunks of a PNG."""
    start = 8
    while start < len(png):
        length, name = struct.unpack(">I4s", png[start:start + 8])
        yield name, png[start + 8:start + 8 + length]
        start += 12 + length


def _group_4(pixels: np.ndarray) -> bytes:
    """Encode (H, W) pixels of 0 and 255 by CCITT group 4, as the only strip of a TIFF that Pillow writes."""
    file = BytesIO()
    Image.fromarray(pixels).convert("1").save(file, "TIFF", compression="group4", strip_size=pixels.size)
    with Image.open(file, formats=["TIFF"]) as tiff:
        tags = tiff.tag_v2                                                  # type: ignore[attr-defined] # of every TIFF
        (offset,), (count,) = tags[273], tags[279]                          # StripOffsets, StripByteCounts
    return file.getvalue()[offset:offset + count]
