"""Pages as files of any format: as they are read, or from existing PAGE-XML and ALTO files."""
from __future__ import annotations

import time
from pathlib import Path
from typing import Iterable, List, Optional, Sequence, Set, Tuple, Union

from ocr.batch.local import Summary, progress
from ocr.batch.sources import list_readable, named_from, result_names
from ocr.errors import OutputError, PageFormatError
from ocr.formats.available import FORMATS, Format
from ocr.formats.document import open_document
from ocr.images.load import PageImage
from ocr.output import Failures, disk_is_full, make_folder, write_atomically
from ocr.page.model import Page, Sheet


def save_page(page: Page, image: PageImage, name: str, formats: Iterable[Tuple[str, Path]], overlays: Optional[Path]) -> None:
    """Write a page in formats, and as an overlay image.

    Parameters
    ----------
    page, image : what was read, and what it was read from.
    name : by `result_names`; pages of a file after the first are numbered.
    formats : names of formats, each with the folder for its files.
    overlays : the folder for overlay images, None for none.
    """
    name = f"{name}_{image.frame + 1:04d}" if image.frame else name
    for kind, folder in formats:
        make_folder(folder)
        sheet = Sheet(named_from(page, image.path, folder), image.path)
        write_atomically(folder / f"{name}{FORMATS[kind].suffix}", FORMATS[kind].write([sheet]))
    if overlays:
        from io import BytesIO

        from PIL import Image

        from ocr.formats.overlay import draw_page

        make_folder(overlays)
        drawing = BytesIO()
        Image.fromarray(draw_page(page, image.pixels, max_height=1600)).save(drawing, "JPEG", quality=85)
        write_atomically(overlays / f"{name}.jpg", drawing.getvalue())


def export_documents(sources: Sequence[Union[str, Path]], out_folder: Union[str, Path], formats: Sequence[str],
                     together: Optional[str] = None) -> Summary:
    """Write the pages of documents in other formats, one file per page and format; files newer than their page are kept.

    Parameters
    ----------
    sources : PAGE-XML or ALTO files, folders of them, globs.
    out_folder : where the files go; made if needed. XML cannot be written beside the sources.
    formats : names of formats.
    together : in formats that can hold several pages, put all into one file of this name, without its suffix.

    Returns
    -------
    Summary : its `exit_code` is the program's.

    Raises
    ------
    ImageError : no source contains anything; where some do, the others count as failed.
    OutputError : the folder cannot be written or is the sources' own, or the disk is full.
    """
    out, start = Path(out_folder), time.monotonic()
    make_folder(out)
    failures = Failures(out)
    chosen = [FORMATS[name] for name in dict.fromkeys(formats)]
    joined = [kind for kind in chosen if together and kind.together]
    names = result_names(list_readable(sources, failures))
    _check_folder(names, out, chosen)
    run = _Run(out, failures, bool(joined))
    for path, name in progress(names.items(), len(names)):
        run.export(path, name, [kind for kind in chosen if kind not in joined])
    for kind in joined:
        run.join(kind, out / f"{together}{kind.suffix}")
    return Summary(run.made, run.skipped, failures.count, time.monotonic() - start)


def _check_folder(documents: Iterable[Path], out: Path, formats: Sequence[Format]) -> None:
    """Refuse to write XML among the sources: it would overwrite them, or be mistaken for one of them the next time."""
    written = [kind.suffix for kind in formats if kind.suffix.endswith(".xml")]
    beside = next((path for path in documents if path.parent.resolve() == out.resolve()), None)
    if written and beside:
        raise OutputError(f"{out}: {beside.name} is there, so that no {written[0]} can be written there. "
                          "Give another output folder.")


def _open_sheet(path: Path, out: Path) -> Sheet:
    """Read a document and find its image; without one, the name of its image stays as it is."""
    if path.suffix.lower() != ".xml":
        raise PageFormatError(f"{path}: is not a .xml file; PAGE-XML and ALTO are exported. "
                              "To read an image, use python -m ocr read --format.")
    sheet = open_document(path, needs_image=False)
    return sheet if sheet.image is None else Sheet(named_from(sheet.page, sheet.image, out), sheet.image)


class _Run:
    """Exports documents one by one, and counts them; files of several pages are always written."""

    def __init__(self, out: Path, failures: Failures, joining: bool):
        self.out, self.failures, self.joining = out, failures, joining
        self.made = self.skipped = 0
        self._sheets: List[Tuple[str, Sheet]] = []
        self._taken: Set[Path] = set()

    def export(self, path: Path, name: str, formats: Sequence[Format]) -> None:
        """Write the files of one page; an error in one of them does not prevent the others from being written."""
        made, errors = self.joining, []
        try:
            sheet = _open_sheet(path, self.out)
            self._sheets.append((str(path), sheet))
        except Exception as error:                      # whatever is wrong with one page, the others are still exported
            self.failures.add(str(path), error)
            return
        for kind in formats:
            try:
                made |= self._write(kind, sheet, path, self.out / f"{name}{kind.suffix}")
            except Exception as error:
                if disk_is_full(error):
                    raise
                errors.append(error)
        if errors:
            self.failures.add(str(path), errors[0])
            return
        self.failures.clear(str(path))
        self.made, self.skipped = self.made + made, self.skipped + (not made)

    def _write(self, kind: Format, sheet: Sheet, document: Path, target: Path) -> bool:
        """Write one file and return True; return False where it is newer than its sources."""
        if target in self._taken:
            raise OutputError(f"{document}: another page's file is {target}, too. Rename the document.")
        self._taken.add(target)
        sources = [document] + ([sheet.image] if sheet.image is not None else [])
        if target.exists() and all(source.stat().st_mtime_ns <= target.stat().st_mtime_ns for source in sources):
            return False
        write_atomically(target, kind.write([sheet]))
        return True

    def join(self, kind: Format, target: Path) -> None:
        """Write all pages into one file, without those that cannot be written."""
        if not self._sheets:
            return
        try:
            data = kind.write([sheet for _, sheet in self._sheets])
        except Exception as error:
            fitting = [sheet for label, sheet in self._sheets if self._fits(kind, label, sheet)]
            if not fitting or len(fitting) == len(self._sheets):
                raise OutputError(f"{target}: cannot be written ({error}).") from error
            data = kind.write(fitting)
        write_atomically(target, data)

    def _fits(self, kind: Format, label: str, sheet: Sheet) -> bool:
        """Tell whether a page can be written by itself; one that cannot is a failure."""
        try:
            kind.write([sheet])
        except Exception as error:
            self.failures.add(label, error)
            return False
        return True
