"""Pages on stdout: their text as they come, or one of the formats."""
from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

from ocr.batch.local import Outcome
from ocr.batch.results import Job
from ocr.errors import OutputError, flush_stdout, report
from ocr.formats.available import FORMATS
from ocr.page.model import Page, Sheet


@dataclass(frozen=True)
class Printed:
    """What is printed of a page: its text, or the page with the file of its image where a format needs them."""

    text: str
    page: Optional[Page] = None
    image: Optional[Path] = None


class Printer:
    """Prints pages, in their order.

    Parameters
    ----------
    kind : name of a format; None for the text.
    titled : whether each text is headed by the name of its file.
    count : number of pages.
    goes_on : whether pages are also written to files, which is done even if nothing more can be printed.

    Raises
    ------
    OutputError : the format does not hold that many pages in one file.
    """

    def __init__(self, kind: Optional[str], titled: bool, count: int, goes_on: bool):
        self._format = FORMATS[kind] if kind else None
        self._titled, self._goes_on = titled, goes_on
        self._sheets: List[Sheet] = []
        self._silent = 0
        self.exit_code = 0
        """1 once stdout could not be written; nothing more is printed then."""
        if self._format and count > 1 and not self._format.together and kind != "json":
            raise OutputError(f"--format {kind}: a file holds one page, but there are {count}. Give a folder with --out.")

    def print(self, job: Job, done: Outcome[Printed]) -> None:
        """Print a page; where a format holds all pages in one file, at the end."""
        found = done.found
        if found is None:
            self._silent += 1
        elif self._format is None:
            title = f"=== {job.label}\n" if self._titled or job.frame else ""
            self._write(f"{title}{found.text}\n".encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        elif found.page is not None:
            self._sheets.append(Sheet(found.page, found.image))
            if self._format.name == "json":
                self._write_sheets()

    def finish(self) -> None:
        """Print what is still to be printed."""
        if self._sheets:
            self._write_sheets()
        if self._silent:
            report(f"{self._silent} pages were up to date, in formats from which their text cannot be printed again")

    def _write_sheets(self) -> None:
        assert self._format is not None
        self._write(self._format.write(self._sheets))
        self._sheets = []

    def _write(self, data: bytes) -> None:
        """Write to stdout at once.

        Raises
        ------
        BrokenPipeError : that is not possible, and there are no files to go on for.
        """
        from tqdm import tqdm

        if self.exit_code:
            return
        with tqdm.external_write_mode(sys.stdout):              # above the progress bar
            written = flush_stdout(data)
        if not written:
            self.exit_code = 1
            if not self._goes_on:
                raise BrokenPipeError
