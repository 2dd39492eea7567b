"""Load any photo, scan or PDF page as upright RGB pixels, and refuse what cannot be read in one clear line.

Files are opened in a process of their own with limits of time and memory, one for all threads (`ocr.images.opening`), since
nobody knows where they come from. Inside such a process, as the service has for each page, they are opened directly.
"""
from __future__ import annotations

import logging
import os
import stat
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

from ocr.errors import ImageError
from ocr.faults import Fault
from ocr.images.kinds import ACCEPTED, SNIFFED, SUFFIXES, UNREADABLE_SUFFIXES
from ocr.images.listing import in_natural_order, list_matches
from ocr.worker import CRASHED, TIMEOUT, Outcome, Worker, in_worker

DEFAULT_MAX_PIXELS = 100_000_000
DEFAULT_MAX_SECONDS = 60
PDF_DPI, PDF_MAX_SIDE = 200, 6000
MIN_SIDE = 8                   # pixels; below this, letters cannot be distinguished

_OPENING = "ocr.images.opening:open_files"
_KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))
_PILLOW_LIMIT = threading.Lock()                        # of pixels: it is a global
_MAX_LOST = 3                  # pages of a file in a row that take too long or too much; the others would, too
_lost: Dict[Tuple[str, int, int], int] = {}             # how many, by file, its time of change, and time limit
_openers: Dict[int, Tuple[threading.Lock, Worker]] = {}       # by process: after a fork there is another one
_log = logging.getLogger(__name__)


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


def expand(sources: Sequence[Union[str, Path]]) -> List[Path]:
    """List the image files that files, folders and glob patterns refer to.

    Parameters
    ----------
    sources : files (accepted whatever their name), folders (their images by suffix, not those of sub-folders), or globs.

    Returns
    -------
    Paths without repeats, in the order given, or by number where that is alphabetical; those of one folder or glob by
    number, with page2 before page10.

    Raises
    ------
    ImageError : a source does not exist, cannot be listed, or holds no image.
    """
    found: List[Path] = []
    for source in in_natural_order(sources):
        found += _expand_one(Path(os.path.expanduser(source)))            # unlike Path's, no error where there is no home
    return list(dict.fromkeys(found))


def read_frames(path: Union[str, Path], max_pixels: Optional[int] = None) -> Iterator[PageImage]:
    """Read the pages of a file one after the other, each only when it is requested.

    Parameters and errors are those of `read_frame`.
    """
    for frame in range(count_frames(path)):
        yield read_frame(path, frame, max_pixels)


def count_frames(path: Union[str, Path], whole: bool = False) -> int:
    """Count the pages of a file: those of a TIFF or PDF, 1 for every other image.

    Parameters
    ----------
    whole : whether a file that is cut off after some pages is an error. Otherwise what is missing counts as one more page,
        and `read_frame` says that it is missing.

    Raises
    ------
    ImageError : the file is missing, empty, or not an image.
    """
    return int(_ask(Path(path), "count", _pixel_limit(None), whole=whole).result["count"])


def read_frame(path: Union[str, Path], frame: int = 0, max_pixels: Optional[int] = None, for_reading: bool = True) -> PageImage:
    """Read one page of a file.

    Parameters
    ----------
    path : image or PDF.
    frame : index of the page, from 0.
    max_pixels : refuse larger images before they are decoded; None takes the environment's OCR_MAX_PIXELS, or
        100 million. PDF pages are rendered at 200 dpi, or less where that would be too large.
    for_reading : whether pixels that are not square are scaled to squares, and light writing on dark is inverted, with a
        warning in the log.

    Raises
    ------
    ImageError : the file is missing, empty, cut short, not an image, too small, or over the limit of pixels, memory or time.
    """
    path, limit = Path(path), _pixel_limit(max_pixels)
    outcome = _ask(path, "decode", limit, frame=frame, for_reading=for_reading)
    shape = outcome.result["shape"]
    if min(shape[:2]) < MIN_SIDE:
        raise ImageError(f"{path}: the image is {shape[1]} x {shape[0]} pixels, too small to hold "
                         f"writing. Give one of at least {MIN_SIDE} x {MIN_SIDE}.")
    if outcome.result["is_negative"]:
        _log.warning("%s: shows light writing on dark, and is inverted", path)
    return PageImage(path, frame, np.frombuffer(outcome.data, np.uint8).reshape(shape))


@contextmanager
def open_image(path: Path, frame: int = 0) -> Iterator[Any]:
    """Open an image at one of its pages in this process, to see what it is; what `read_frame` accepts can be decoded here, too.

    Raises
    ------
    ImageError : the file is not an image, or has no such page.
    """
    from PIL import Image

    from ocr.images.raster import open_page

    _sniff(path)                                                # names what is no file
    with _PILLOW_LIMIT:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = open_page(path, frame)
        except ImageError as error:
            raise ImageError(f"{path}: {error}") from error
        finally:
            Image.MAX_IMAGE_PIXELS = before
    with image:
        yield image


def grey(pixels: np.ndarray) -> np.ndarray:
    """Turn (H, W, 3) RGB pixels into (H, W) luminance, both uint8; grey pixels are returned as they are."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def image_size(pixels: np.ndarray) -> Tuple[int, int]:
    """Return the (height, width) of an image, grey or in colour."""
    height, width = pixels.shape[:2]
    return height, width


def is_pdf(path: Path) -> bool:
    """Return whether a file is a PDF, by its first bytes.

    Raises
    ------
    ImageError : it is no file, cannot be opened or is empty.
    """
    return b"%PDF-" in _sniff(path)[0]


def _sniff(path: Path) -> Tuple[bytes, int]:
    """Return a file's first bytes, and the time of its last change in nanoseconds."""
    try:
        state = os.stat(path)
        for is_kind, name in _KINDS:
            if is_kind(state.st_mode):
                raise ImageError(f"{path}: is {name}, not a file. Save what comes from it as a file, and give that.")
        with open(path, "rb") as file:
            start = file.read(SNIFFED)
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be opened ({getattr(error, 'strerror', None) or error}).") from error
    if not start:
        raise ImageError(f"{path}: the file is empty. Copy or download it again.")
    return start, state.st_mtime_ns


def _expand_one(source: Path) -> List[Path]:
    if os.path.exists(source) and not os.path.isdir(source):
        return [source]
    found = [path for path in list_matches(source)
             if path.suffix.lower() in SUFFIXES | UNREADABLE_SUFFIXES and not path.is_dir()]
    if not found:
        raise ImageError(f"{source}: holds no image. Accepted are {ACCEPTED}.")
    return found


def _pixel_limit(max_pixels: Optional[int]) -> int:
    return _setting("OCR_MAX_PIXELS", DEFAULT_MAX_PIXELS, "pixels") if max_pixels is None else int(max_pixels)


def _setting(name: str, default: int, unit: str) -> int:
    """Return a whole number from the environment."""
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or int(value) == 0:
        raise ImageError(f"{name} is {value!r}; give a whole number of {unit}, such as {default}.")
    return int(value)


def _ask(path: Path, do: str, limit: int, **more: Any) -> Outcome:
    """Have something done with a file by the process that opens files; see `ocr.images.opening.answer`."""
    start, changed = _sniff(path)
    task = {"do": do, "path": os.path.abspath(path), "is_pdf": b"%PDF-" in start, "limit": limit, **more}
    if in_worker():
        from ocr.images.opening import answer

        reply = answer(task)
        outcome = Outcome(reply.result, data=reply.data)
    else:
        seconds = _setting("OCR_MAX_SECONDS", DEFAULT_MAX_SECONDS, "seconds")
        lock, worker = _openers.setdefault(os.getpid(), (threading.Lock(), Worker(_OPENING, 0, quiet=True)))
        version = task["path"], changed, seconds
        with lock:
            if _lost.get(version, 0) >= _MAX_LOST:
                raise ImageError(f"{path}: {_MAX_LOST} of its pages in a row could not be opened; no more are tried. "
                                 "Save or print it anew.")
            outcome = worker.call(task, seconds, max_data=3 * limit)
            lost = _lost.pop(version, 0)
            if outcome.fault:
                _lost[version] = lost + 1
    label = f"{path}, page {more['frame'] + 1}" if more.get("frame") else str(path)
    if outcome.fault:
        raise ImageError(f"{label}: {_reason(outcome.fault)}")
    if "error" in outcome.result:
        raise ImageError(f"{label}: {outcome.result['error']}")
    return outcome


def _reason(fault: Fault) -> str:
    """Say why the process that opens files could not do its task."""
    if fault.code == TIMEOUT:
        return "opening it takes too long. Save or print it anew, or set OCR_MAX_SECONDS to more than " \
               f"{_setting('OCR_MAX_SECONDS', DEFAULT_MAX_SECONDS, 'seconds')}."
    if fault.code == CRASHED:
        return "opening it takes too much memory, or crashes what decodes it. Save or print it anew."
    return f"cannot be opened ({fault.message})"
