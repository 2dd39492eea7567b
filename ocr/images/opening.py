"""The work of the process that opens files of unknown origin: count the pages, and decode them.

What a file costs is limited: its memory here, its time by whoever asks. See `ocr.worker`, and `ocr.images.load`, which asks.
"""
from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Mapping

import cv2
import numpy as np
from PIL import Image

from ocr.errors import ImageError
from ocr.images import pdf, raster
from ocr.images.polarity import is_light_on_dark
from ocr.worker import OnProgress, Reply, Work, memory_limit

MAX_PAGES = 10_000

_PDF_BYTES, _MAX_PDF_BYTES = 600 * 2 ** 20, 900 * 2 ** 20      # that a small and a large PDF may take beside the process itself
_BYTES_PER_BYTE = 64                # that a PDF may take more, for each byte of its file
_PIXEL_BYTES = 16                   # that a pixel of an image may take while it is decoded; JPEG 2000 takes the most


def open_files() -> Work:
    """Return the function that does the tasks."""
    cv2.setNumThreads(1)
    return answer


def answer(task: Mapping[str, Any], on_progress: OnProgress = lambda stage: None) -> Reply:
    """Open a file and do one thing with it.

    Parameters
    ----------
    task : "path"; "is_pdf"; "limit" of pixels; "do", which is "count" or "decode"; "whole" for the former, "frame" and "for_reading"
        for the latter, see `ocr.images.load`.

    Returns
    -------
    Reply : its result has an "error" where the file cannot be read.
    """
    path, Image.MAX_IMAGE_PIXELS = Path(task["path"]), None                     # the task's limit replaces Pillow's
    try:
        pdf_bytes = min(_PDF_BYTES + _BYTES_PER_BYTE * path.stat().st_size, _MAX_PDF_BYTES)
        with memory_limit(pdf_bytes if task["is_pdf"] else _PIXEL_BYTES * task["limit"]), warnings.catch_warnings():
            warnings.simplefilter("ignore")                                     # about tags that do not matter
            return _DO[task["do"]](path, task)
    except ImageError as error:
        return Reply({"error": str(error)})
    except OSError as error:
        return Reply({"error": f"cannot be opened ({error.strerror})."})
    except MemoryError:
        return Reply({"error": "there is not enough memory to open it. Make the image smaller."})


def _count(path: Path, task: Mapping[str, Any]) -> Reply:
    count, is_cut = (pdf if task["is_pdf"] else raster).count_pages(path)
    if count > MAX_PAGES:
        raise ImageError(f"has {count:,} pages; at most {MAX_PAGES:,} are read from one file. Split it.")
    if is_cut and task["whole"]:
        raise raster.cut_after(count)
    return Reply({"count": count + is_cut})


def _decode(path: Path, task: Mapping[str, Any]) -> Reply:
    for_reading = task["for_reading"]
    if task["is_pdf"]:
        pixels = pdf.draw(path, task["frame"], task["limit"])
    else:
        pixels = raster.decode(path, task["frame"], task["limit"], for_reading)
    is_negative = for_reading and is_light_on_dark(pixels)
    if is_negative:
        np.bitwise_not(pixels, out=pixels)
    return Reply({"shape": pixels.shape, "is_negative": is_negative}, memoryview(np.ascontiguousarray(pixels)).cast("B"))


_DO = {"count": _count, "decode": _decode}
