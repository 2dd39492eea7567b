"""Draw pages of a PDF with PDFium; in a process of its own, see `ocr.images.opening`.

Error messages do not name the file: whoever asked for it does.
"""
from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator, Tuple

import numpy as np

from ocr.errors import ImageError
from ocr.images.load import PDF_DPI, PDF_MAX_SIDE
from ocr.images.raster import check_frame, damaged

_TINY, _A4_SIDE = 216.0, 2339       # points: pages up to this size may be larger than it seems; pixels of A4 at 200 dpi


def count_pages(path: Path) -> Tuple[int, bool]:
    """Return the number of the last page of a PDF that is there, and whether it states that there are more.

    Raises
    ------
    ImageError : it is damaged or locked, or has no page.
    """
    with _open(path) as document:
        stated, found = len(document), 0
        for frame in range(stated):
            if _is_there(document, frame):
                found = frame + 1
    if not found:
        raise ImageError("the PDF has no page that can be opened. Print it to a new PDF.")
    return found, found < stated


def draw(path: Path, frame: int, limit: int) -> np.ndarray:
    """Draw a page at 200 dpi, or less where that would be too large, with the form fields that are filled in.

    Returns
    -------
    (H, W, 3) uint8 RGB.
    """
    with _open(path) as document:
        check_frame(frame, len(document))
        if not _is_there(document, frame):
            raise ImageError(f"page {frame + 1} is not there, though the PDF says that it has {len(document):,}. "
                             "Copy or download it again.")
        with suppress(RuntimeError):                                            # broken forms: the page is drawn without
            document.init_forms()
        try:
            page = document[frame]
            width, height = page.get_size()                                     # in points, 72 an inch
            longest = max(width, height, 1.0)
            scale = _scale_of_tiny(path, frame, longest) if longest <= _TINY else PDF_DPI / 72
            scale = min(scale, PDF_MAX_SIDE / longest, (limit / max(width * height, 1.0)) ** 0.5)
            drawn = page.render(scale=scale, rev_byteorder=True).to_numpy()     # (H, W, 3), or 4 with unused bytes
            return np.array(drawn[..., :3] if drawn.ndim == 3 else np.repeat(drawn[..., None], 3, axis=2))
        except Exception as error:
            raise damaged(error) from error


def _scale_of_tiny(path: Path, frame: int, longest: float) -> float:
    """Return the pixels for a point of a small page: more than usual where its unit is larger, or its image finer."""
    import pikepdf

    with suppress(Exception), pikepdf.open(path) as document:                   # PDFium does not know the unit
        page = document.pages[frame]
        images = [drawn for drawn in page.resources.get("/XObject", {}).values() if drawn.get("/Subtype") == "/Image"]
        pixels = max((int(side) for image in images for side in (image.Width, image.Height)), default=0)
        return max(PDF_DPI / 72 * float(page.obj.get("/UserUnit", 1)), min(pixels, _A4_SIDE) / longest)
    return PDF_DPI / 72


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """Open a PDF document; the package is imported only when it is needed."""
    try:
        import pypdfium2
        from pypdfium2.raw import FPDF_ERR_PASSWORD
    except ImportError as error:
        raise ImageError("reading PDF needs the package pypdfium2. Run: pip install pypdfium2") from error
    with open(path, "rb") as file:                                              # PDFium itself leaves some files open
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == FPDF_ERR_PASSWORD:
                raise ImageError("the PDF is locked by a password. Print it to a new PDF without one.") from error
            raise ImageError(f"the PDF is damaged, or has no pages ({error}). Print it to a new PDF.") from error
        try:
            yield document
        finally:
            document.close()


def _is_there(document: Any, frame: int) -> bool:
    """Tell whether a page is there, without reading what is on it."""
    from ctypes import byref

    from pypdfium2 import raw

    return bool(raw.FPDF_GetPageSizeByIndexF(document.raw, frame, byref(raw.FS_SIZEF())))
