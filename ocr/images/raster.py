"""Decode images with Pillow, whatever their kind of pixels, to upright RGB; in a process of its own, see `ocr.images.opening`.

Conversions work on bands of rows, so that a large image is in memory once as Pillow has it and once as RGB.
Error messages do not name the file: whoever asked for it does.
"""
from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Tuple

import cv2
import numpy as np
from PIL import Image, ImageOps

from ocr.errors import ImageError
from ocr.images.kinds import SNIFFED, avif_is_readable, heic_is_readable, suffix_of, unreadable_reason
from ocr.images.tiff import tiff_pages

_DECODERS = "PNG JPEG TIFF WEBP BMP DIB GIF JPEG2000 PPM".split()   # none that runs a program, as Pillow's of EPS does
_BAND = 2 ** 22                     # pixels that are converted at a time
_ORIENTATION, _PHOTOMETRIC, _DNG_VERSION = 0x0112, 262, 50706   # tags of EXIF and TIFF
_MIN_RATIO, _MAX_RATIO = 1.01, 4.0  # of two resolutions: closer ones are equal, others a mistake in the file
_LIGHT = 192                        # ink that is nowhere darker would be lost on white
_MAX_DIM = 64                       # 16-bit colours whose upper 8 bits are all below this use 14 bits at most


def count_pages(path: Path) -> Tuple[int, bool]:
    """Return the number of pages of an image file that can be found, and whether it is cut off after them."""
    with _open(path) as image:
        if image.format != "TIFF":                      # frames of other formats are animation or previews
            return 1, False
        pages = tiff_pages(path)
        return len(pages.directories), pages.is_cut


def decode(path: Path, frame: int, limit: int, square: bool) -> np.ndarray:
    """Decode a page of an image file.

    Parameters
    ----------
    limit : largest number of pixels.
    square : whether pixels that the file says are not square are scaled to squares.

    Returns
    -------
    (H, W, 3) uint8 RGB, after the rotation that the EXIF tag gives; transparent parts are blended with paper.
    """
    with open_page(path, frame) as image:
        width, height = square_size(image) if square else image.size
        if width * height > limit:
            raise ImageError(f"{width} x {height} pixels are over the limit of {limit:,}. "
                             f"Make the image smaller, or set OCR_MAX_PIXELS={width * height}.")
        if _orientation(image) >= 5:
            width, height = height, width
        with _any_error():
            is_deep, directory = _is_deep(image), image.tell()
            image.load()
            if is_deep and max(high for _, high in image.getextrema()) < _MAX_DIM:
                image = _deep_colours(path, directory)
            if _orientation(image) > 1:                             # Pillow has rotated a TIFF already
                ImageOps.exif_transpose(image, in_place=True)
            pixels = _rgb(image)
    if square and pixels.shape[:2] != (height, width):
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return pixels


def open_page(path: Path, frame: int) -> Any:
    """Open an image at one of its pages without decoding it."""
    image = _open(path)
    try:
        _seek(image, path, frame)
    except BaseException:
        image.close()
        raise
    return image


def square_size(image: Any) -> Tuple[int, int]:
    """Return the (width, height) at which an open image, as it is stored, has square pixels, all of the finer ones kept."""
    (width, height), (across, down) = image.size, _resolution(image)
    if not (across > 0 and down > 0 and _MIN_RATIO < max(across / down, down / across) <= _MAX_RATIO):
        return width, height
    return (width, round(height * across / down)) if across > down else (round(width * down / across), height)


def damaged(error: Exception) -> ImageError:
    """Make the error for a file that a library could not read."""
    reason = " ".join(str(getattr(error, "strerror", None) or error).split())
    return ImageError(f"the image is damaged or cut short ({reason}). Copy or scan it again.")


def cut_after(pages: int) -> ImageError:
    """Make the error for what is missing at the end of a file."""
    return ImageError(f"is damaged or cut short after page {pages}. Copy or scan it again.")


@contextmanager
def _any_error() -> Iterator[None]:
    """Turn whatever a library throws into one error that says so; too little memory stays what it is."""
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        raise damaged(error) from error


def _open(path: Path) -> Any:
    decoders = _DECODERS + ["AVIF"] * avif_is_readable()
    if heic_is_readable():
        from pillow_heif import register_heif_opener

        register_heif_opener()
        decoders = [*decoders, "HEIF"]
    try:
        with _any_error():
            return Image.open(path, formats=decoders)
    except ImageError as error:
        with open(path, "rb") as file:
            start = file.read(SNIFFED)
        if not isinstance(error.__cause__, Image.UnidentifiedImageError):
            raise
        if suffix_of(start) is None:
            raise ImageError(unreadable_reason(start)) from error
        raise ImageError("is not an image that can be read, but damaged or cut short. Copy or scan it again.") from error


def _seek(image: Any, path: Path, frame: int) -> None:
    """Go to a page of an open image."""
    if image.format != "TIFF":
        check_frame(frame, 1)
        return
    pages = tiff_pages(path)
    check_frame(frame, len(pages.directories) + pages.is_cut)
    if frame == len(pages.directories):
        raise cut_after(frame)
    image._n_frames = pages.total                       # or Pillow looks for more, and fails where the file is cut off
    if frame:
        for name in ("dpi", "resolution"):              # of the first page
            image.info.pop(name, None)
    with _any_error():
        image.seek(pages.directories[frame])
        if _DNG_VERSION in image.tag_v2:
            raise ImageError("is a raw photo, of which only its preview can be read. Export it as JPEG.")


def check_frame(frame: int, count: int) -> None:
    """Refuse the index of a page that a file does not have."""
    if not 0 <= frame < count:
        raise ImageError(f"has no page {frame + 1}; it has {count}.")


def _orientation(image: Any) -> int:
    """Return the EXIF orientation; 1 (upright) where EXIF is missing or broken."""
    try:
        found = int(image.getexif().get(_ORIENTATION, 1))
        return found if 1 <= found <= 8 else 1
    except Exception:
        return 1


def _resolution(image: Any) -> Tuple[float, float]:
    """Return the resolution across and down, in any unit; zeros where the file states none."""
    try:
        across, down = (float(value) for value in image.info.get("dpi") or image.info.get("resolution") or (0, 0))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    return across, down


def _rgb(image: Any) -> np.ndarray:
    """Convert any mode to RGB: (H, W, 3) uint8."""
    width, height = image.size
    convert = _conversion(image)
    pixels = np.empty((height, width, 3), np.uint8)
    for top, band in _bands(image):
        pixels[top:top + band.height] = convert(band)
    return pixels


def _bands(image: Any) -> Iterator[Tuple[int, Any]]:
    """Cut an image into bands of rows, each with the number of its first row."""
    width, height = image.size
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height)))


def _conversion(image: Any) -> Callable[[Any], Any]:
    """Choose what turns bands of an image into RGB."""
    if image.mode.startswith(("I", "F")):
        return _deep_greys(image)
    if image.mode == "LAB":
        return lambda band: band.getchannel("L").convert("RGB")
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        return _blending(image)
    return lambda band: band.convert("RGB")


def _deep_greys(image: Any) -> Callable[[Any], Any]:
    """Scale greys of more than 8 bits by the number of bits that are in use; floats up to 1 by 255."""
    ranges = [(float(values.min()), float(values.max())) for values in (_finite(band) for _, band in _bands(image))]
    low = min(0.0, *(low for low, _ in ranges))
    top = max(high for _, high in ranges) - low
    full = 1.0 if image.mode == "F" and top <= 1 else 2.0 ** max(8, int(np.ceil(np.log2(top + 1)))) - 1
    is_negative = image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == 0    # Pillow inverts 8 bits only

    def convert(band: Any) -> np.ndarray:
        grey = np.clip((_finite(band) - low) * (255 / full) + 0.5, 0, 255).astype(np.uint8)
        return (255 - grey if is_negative else grey)[..., None]                     # (h, W, 1)

    return convert


def _finite(band: Any) -> np.ndarray:
    """Return the values of a grey image, (h, W) float32; what is no number is 0."""
    return np.nan_to_num(np.asarray(band, np.float32), posinf=0, neginf=0)


def _blending(image: Any) -> Callable[[Any], Any]:
    """Put paper behind what is transparent: white, or black behind ink that would be lost on white."""
    small = np.asarray(image.resize([min(side, 1000) for side in image.size], Image.Resampling.NEAREST).convert("RGBA"))
    seen = small[..., 3] >= 32                                                      # (h, w)
    if not seen.any():                                                              # the colours are all that there is
        return lambda band: band.convert("RGBA").convert("RGB")
    greys = cv2.cvtColor(small, cv2.COLOR_RGBA2GRAY)[seen]
    paper = "black" if not seen.all() and np.percentile(greys, 1) > _LIGHT else "white"

    def convert(band: Any) -> Any:
        layer, blended = band.convert("RGBA"), Image.new("RGB", band.size, paper)
        blended.paste(layer, mask=layer.getchannel("A"))
        return blended

    return convert


def _is_deep(image: Any) -> bool:
    """Return whether an image that is not decoded yet has 16-bit colours, of which Pillow keeps the upper 8."""
    layouts = [layout if isinstance(layout, str) else layout[0] for _, _, _, layout in image.tile if layout]
    return image.mode in ("RGB", "RGBA") and any("16" in str(layout) for layout in layouts)


def _deep_colours(path: Path, directory: int) -> Any:
    """Decode an image of 16-bit colours that are all dark, scaled by the number of bits that are in use."""
    _, (colours,) = cv2.imreadmulti(str(path), directory, 1, flags=cv2.IMREAD_UNCHANGED)
    red_first = colours[..., 2::-1].astype(np.uint16)                               # (H, W, 3); a fourth channel is alpha
    return Image.fromarray((red_first >> max(0, int(red_first.max()).bit_length() - 8)).astype(np.uint8))
