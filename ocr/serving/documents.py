"""What a desk process does: counts the pages of an upload, and writes the results of a job."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional
from zipfile import ZIP_DEFLATED, ZipFile

from ocr.serving.store import page_file
from ocr.serving.worker import OnProgress, Work


def open_desk() -> Work:
    """Return what does a desk's tasks."""
    from ocr.images.load import count_frames

    def work(task: Mapping[str, Any], on_progress: OnProgress) -> Optional[int]:
        """Write a result where a format is asked for, else count the pages of a file."""
        if "format" in task:
            write_result(Path(task["path"]), task["pages"], task["format"], Path(task["result"]))
            return None
        return count_frames(task["path"])

    return work


def write_result(original: Path, numbers, name: str, result: Path) -> None:
    """Write a job's pages in one format.

    Parameters
    ----------
    original : the job's upload; the pages that were read lie beside it.
    numbers : the pages that are done.
    name : of the format; where it holds one page only and there are several, they are put into a ZIP, one file a page.
    result : the file to write, in one step.
    """
    from ocr.output import write_atomically
    from ocr.formats.available import FORMATS
    from ocr.page.model import Sheet
    from ocr.formats.page_json import page_from_json

    wanted = FORMATS[name]
    sheets = [Sheet(page_from_json(page_file(original.parent, number).read_bytes()), original) for number in numbers]
    if wanted.together or len(sheets) == 1:
        write_atomically(result, wanted.write(sheets))
        return
    from io import BytesIO

    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as file:
        for number, sheet in zip(numbers, sheets):
            file.writestr(f"page-{number:04d}{wanted.suffix}", wanted.write([sheet]))
    write_atomically(result, archive.getvalue())
