"""The work of a document process: count the pages of an upload, and write the results of a job."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional, Sequence
from zipfile import ZIP_DEFLATED, ZipFile

from ocr.serving.store import page_file
from ocr.worker import OnProgress, Work


def open_documents() -> Work:
    """Return the function that does the tasks of a document process."""
    from ocr.images.load import count_frames

    def work(task: Mapping[str, Any], on_progress: OnProgress) -> Optional[int]:
        """Write a result where a format is asked for, else count the pages of a file."""
        if "format" in task:
            write_result(Path(task["path"]), task["pages"], task["format"], Path(task["result"]))
            return None
        return count_frames(task["path"], whole=True)

    return work


def write_result(original: Path, numbers: Sequence[int], name: str, result: Path) -> None:
    """Write a job's pages in one format.

    Parameters
    ----------
    original : the job's upload; the files of the pages are in the same folder.
    numbers : the pages that are done.
    name : of the format; where it holds one page only and there are several, they are put into a ZIP, one file per page.
    result : the file to write, atomically.
    """
    from ocr.output import write_atomically
    from ocr.formats.available import FORMATS
    from ocr.page.model import Sheet
    from ocr.formats.page_json import page_from_json

    kind = FORMATS[name]
    sheets = [Sheet(page_from_json(page_file(original.parent, number).read_bytes()), original) for number in numbers]
    if kind.together or len(sheets) == 1:
        write_atomically(result, kind.write(sheets))
        return
    from io import BytesIO

    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as file:
        for number, sheet in zip(numbers, sheets):
            file.writestr(f"page-{number:04d}{kind.suffix}", kind.write([sheet]))
    write_atomically(result, archive.getvalue())
