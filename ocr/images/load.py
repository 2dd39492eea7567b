"""Load any photo, scan or PDF page as upright RGB pixels, and refuse what cannot be read in one clear line."""
from __future__ import annotations

import glob
import os
import re
import struct
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Optional, Tuple, Union

import cv2
import numpy as np
from PIL import Image, ImageOps

from ocr.errors import ImageError

SUFFIXES = frozenset(".png .jpg .jpeg .jpe .jfif .tif .tiff .webp .bmp .gif .jp2 .ppm .pgm .pbm .pdf".split())
DEFAULT_MAX_PIXELS = 120_000_000
MIN_SIDE = 8                   # pixels; below this, letters cannot be distinguished
PDF_DPI, PDF_MAX_SIDE = 200, 6000

_FORMATS = "PNG, JPEG, TIFF, WebP, BMP, GIF, JPEG 2000, PPM, PDF"
_DECODERS = "PNG JPEG TIFF WEBP BMP GIF JPEG2000 PPM".split()   # none that runs a program, as Pillow's of EPS does
_FAILURES = (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, OverflowError, struct.error,
             zlib.error, Image.DecompressionBombError)
_PILLOW_LIMIT = threading.Lock()    # Pillow's own pixel limit is a global
_PDFIUM = threading.Lock()          # pdfium may be entered by one thread at a time


@dataclass(frozen=True)
class PageImage:
    """The image of one page.

    Parameters
    ----------
    path : the file it came from.
    frame : index of the image in that file, from 0.
    pixels : (H, W, 3) uint8 RGB, after the rotation that the EXIF tag gives.
    """

    path: Path
    frame: int
    pixels: np.ndarray = field(repr=False, compare=False)


def expand(sources: Iterable[Union[str, Path]]) -> List[Path]:
    """List the image files that files, folders and glob patterns refer to.

    Parameters
    ----------
    sources : files (accepted whatever their name), folders (their images by suffix, not those of sub-folders), or globs.

    Returns
    -------
    Paths without repeats, in the order given; those of one folder or glob sorted, with page2 before page10.

    Raises
    ------
    ImageError : a source does not exist, cannot be listed, or holds no image.
    """
    found: List[Path] = []
    for source in sources:
        found += _expand_one(Path(os.path.expanduser(source)))            # unlike Path's, no error where there is no home
    return list(dict.fromkeys(found))


def read_frames(path: Union[str, Path], max_pixels: Optional[int] = None) -> Iterator[PageImage]:
    """Read the pages of a file one after the other, each only when it is requested.

    Parameters and errors are those of `read_frame`.
    """
    for frame in range(count_frames(path)):
        yield read_frame(path, frame, max_pixels)


def count_frames(path: Union[str, Path]) -> int:
    """Count the pages of a file: those of a TIFF or PDF, 1 for every other image.

    Raises
    ------
    ImageError : the file is missing, empty, or not an image.
    """
    path = Path(path)
    if is_pdf(path):
        with _PDFIUM, _open_pdf(path) as document:
            return len(document)
    with open_image(path) as image:
        return _pages_of(image)


def read_frame(path: Union[str, Path], frame: int = 0, max_pixels: Optional[int] = None) -> PageImage:
    """Read one page of a file.

    Parameters
    ----------
    path : image or PDF.
    frame : index of the page, from 0.
    max_pixels : refuse larger images before they are decoded; None takes the environment's OCR_MAX_PIXELS, or
        120 million. PDF pages are rendered at 200 dpi, or less where that would be too large.

    Raises
    ------
    ImageError : the file is missing, empty, cut short, not an image, too small, or over the pixel or memory limit.
    """
    path, limit = Path(path), _pixel_limit(max_pixels)
    try:
        pixels = _draw_pdf(path, frame, limit) if is_pdf(path) else _decode(path, frame, limit)
    except MemoryError as error:
        raise ImageError(f"{path}: there is not enough memory to open it. Make the image smaller.") from error
    if min(pixels.shape[:2]) < MIN_SIDE:
        raise ImageError(f"{path}: the image is {pixels.shape[1]} x {pixels.shape[0]} pixels, too small to hold "
                         f"writing. Give one of at least {MIN_SIDE} x {MIN_SIDE}.")
    return PageImage(path, frame, pixels)


def grey(pixels: np.ndarray) -> np.ndarray:
    """Turn (H, W, 3) RGB pixels into (H, W) luminance, both uint8; grey pixels are returned as they are."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def image_size(pixels: np.ndarray) -> Tuple[int, int]:
    """Return the (height, width) of an image, grey or in colour."""
    height, width = pixels.shape[:2]
    return height, width


def _expand_one(source: Path) -> List[Path]:
    try:
        if source.is_dir():
            candidates = [path for path in source.iterdir() if not path.name.startswith(".")]
        elif source.exists():
            return [source]
        elif glob.has_magic(str(source)):
            candidates = [Path(name) for name in glob.glob(str(source), recursive=True)]
        else:
            raise ImageError(f"{source}: there is no such file or folder. Give images, a folder of them, or a glob.")
        found = [path for path in candidates if path.suffix.lower() in SUFFIXES and (path.is_file() or _dangles(path))]
    except OSError as error:
        raise ImageError(f"{source}: cannot be listed ({error.strerror}). Check the permissions.") from error
    if not found:
        raise ImageError(f"{source}: holds no image. Accepted are {_FORMATS}.")
    return sorted(found, key=lambda path: [int(part) if part.isdigit() else part
                                           for part in re.split(r"(\d+)", str(path))])


def _dangles(path: Path) -> bool:
    """Return whether this is a link whose target is gone; it is reported rather than skipped."""
    return path.is_symlink() and not path.exists()


def _pixel_limit(max_pixels: Optional[int]) -> int:
    if max_pixels is not None:
        return int(max_pixels)
    value = os.environ.get("OCR_MAX_PIXELS") or str(DEFAULT_MAX_PIXELS)
    if not value.isdigit() or int(value) == 0:
        raise ImageError(f"OCR_MAX_PIXELS is {value!r}; give a whole number of pixels, such as {DEFAULT_MAX_PIXELS}.")
    return int(value)


def _check_limit(path: Path, width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise ImageError(f"{path}: {width} x {height} pixels are over the limit of {limit:,}. "
                         f"Make the image smaller, or set OCR_MAX_PIXELS={width * height}.")


def _broken(path: Path, error: BaseException) -> ImageError:
    return ImageError(f"{path}: the image is damaged or cut short ({error}). Copy or scan it again.")


def is_pdf(path: Path) -> bool:
    """Return whether a file is a PDF, by its first bytes.

    Raises
    ------
    ImageError : the file cannot be opened or is empty.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise ImageError(f"{path}: cannot be opened ({error.strerror}).") from error
    if not start:
        raise ImageError(f"{path}: the file is empty. Copy or download it again.")
    return b"%PDF-" in start


@contextmanager
def open_image(path: Path, frame: int = 0) -> Iterator[Image.Image]:
    """Open an image at one of its pages without decoding it; this module's pixel limit replaces Pillow's."""
    image = None
    try:
        with _PILLOW_LIMIT:
            before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                image = Image.open(path, formats=_DECODERS)
                if 0 < frame < _pages_of(image):
                    image.seek(frame)
            finally:
                Image.MAX_IMAGE_PIXELS = before
    except Image.UnidentifiedImageError as error:
        raise ImageError(f"{path}: is not an image that can be read. Accepted are {_FORMATS}.") from error
    except _FAILURES as error:
        raise _broken(path, error) from error
    with image:
        yield image


def _pages_of(image: Image.Image) -> int:
    """Return the number of pages: the frames of a TIFF; frames of other formats are animation or previews."""
    return getattr(image, "n_frames", 1) if image.format == "TIFF" else 1


def _check_frame(path: Path, frame: int, count: int) -> None:
    if not 0 <= frame < count:
        raise ImageError(f"{path}: has no page {frame + 1}; it has {count}.")


def _decode(path: Path, frame: int, limit: int) -> np.ndarray:
    with open_image(path, frame) as image:
        _check_frame(path, frame, _pages_of(image))
        _check_limit(path, *image.size, limit)
        try:
            image.load()
            return np.array(_rgb(_upright(image)))                            # (H, W, 3)
        except _FAILURES as error:
            raise _broken(path, error) from error


def _upright(image: Image.Image) -> Image.Image:
    """Rotate an image as its EXIF tag says; an image whose EXIF is broken is returned as it is."""
    try:
        return ImageOps.exif_transpose(image)
    except _FAILURES:
        return image


def _rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to 8-bit RGB: greys of more than 8 bits are scaled, transparent pixels are blended with white."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float32)
        top = max(float(values.max()), 1e-6)
        full = 255.0 if image.mode == "F" and top <= 255 else 65535.0
        full = 1.0 if image.mode == "F" and top <= 1 else max(full, top)
        image = Image.fromarray(np.clip(values * (255.0 / full) + 0.5, 0, 255).astype(np.uint8))
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    return image.convert("RGB")


@contextmanager
def _open_pdf(path: Path) -> Iterator[Any]:
    """Open a PDF document; the package is imported only when it is needed."""
    try:
        import pypdfium2
    except ImportError as error:
        raise ImageError(f"{path}: reading PDF needs the package pypdfium2. Run: pip install pypdfium2") from error
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise ImageError(f"{path}: the PDF is damaged or locked by a password ({error}).") from error
    try:
        yield document
    finally:
        document.close()


def _draw_pdf(path: Path, frame: int, limit: int) -> np.ndarray:
    with _PDFIUM, _open_pdf(path) as document:
        _check_frame(path, frame, len(document))
        try:
            page = document[frame]
            width, height = page.get_size()                                     # in points, 72 an inch
            scale = min(PDF_DPI / 72, PDF_MAX_SIDE / max(width, height, 1.0),
                        (limit / max(width * height, 1.0)) ** 0.5)
            return np.array(page.render(scale=scale).to_pil().convert("RGB"))   # (H, W, 3)
        except (RuntimeError, ValueError) as error:
            raise _broken(path, error) from error
