"""Pages as files of any format: as they are read, or from existing PAGE-XML and ALTO files."""
from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ocr import __version__
from ocr.batch.local import Outcome, Run, Summary
from ocr.batch.fingerprints import Fingerprint, fingerprint
from ocr.batch.results import Job, Results, is_document
from ocr.batch.sources import Source, named_from
from ocr.errors import OutputError, PageFormatError
from ocr.formats.available import FORMATS, Format
from ocr.formats.document import open_document
from ocr.images.load import PageImage
from ocr.page.model import Page, ProcessingStep, Sheet

OVERLAY = "overlay"
"""A kind of file beside the formats: an image of what was found on a page."""
_STEP = ProcessingStep("export", version=__version__)


def suffix_of(kind: str) -> str:
    """Return the suffix of the files of a format, or of overlays."""
    return ".jpg" if kind == OVERLAY else FORMATS[kind].suffix


def page_contents(page: Page, image: PageImage, kinds: Iterable[str], folder: Path) -> Tuple[Dict[str, bytes], List[Exception]]:
    """Return a page as files.

    Parameters
    ----------
    page, image : what was read, and what it was read from.
    kinds : names of formats, or OVERLAY.
    folder : where the files will be; they name the image from there.

    Returns
    -------
    The bytes by suffix, and the errors of those that could not be made.
    """
    sheet = Sheet(named_from(page, image.path, folder), image.path)
    contents, errors = {}, []
    for kind in kinds:
        try:
            contents[suffix_of(kind)] = overlay_bytes(page, image) if kind == OVERLAY else FORMATS[kind].write([sheet])
        except Exception as error:                              # the other files are still written
            errors.append(error)
    return contents, errors


def overlay_bytes(page: Page, image: PageImage) -> bytes:
    """Draw what was found on a page, as JPEG."""
    from io import BytesIO

    from PIL import Image

    from ocr.formats.overlay import draw_page

    drawing = BytesIO()
    Image.fromarray(draw_page(page, image.pixels, max_height=1600)).save(drawing, "JPEG", quality=85)
    return drawing.getvalue()


def export_documents(sources: Sequence[Source], out_folder: Source, formats: Sequence[str],
                     together: Optional[str] = None) -> Summary:
    """Write the pages of documents in other formats, one file per page and format; files that are up to date are kept.

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
    chosen = [FORMATS[name] for name in dict.fromkeys(formats)]
    joined = [kind for kind in chosen if together and kind.together]
    single = [kind for kind in chosen if kind not in joined]
    results = Results(Path(out_folder), [kind.suffix for kind in single], (_STEP,), "output folder")
    run = Run((results,))
    jobs = run.list_jobs(sources, "documents")
    sheets: List[Tuple[Job, Sheet]] = []
    run.work(jobs, partial(_export, results, single, sheets if joined else None))
    for kind in joined if sheets else ():
        results.write(Job(results.folder / str(together), 0, str(together)), {}, {kind.suffix: _join(kind, sheets, run)})
    run.close()
    return run.summary


def _export(results: Results, formats: Sequence[Format], sheets: Optional[List[Tuple[Job, Sheet]]], job: Job) -> Outcome[None]:
    """Write the files of one page; an error in one of them does not prevent the others from being written."""
    done = bool(formats) and results.is_done(job)
    if done and sheets is None:
        return Outcome(False)
    inputs: Dict[Path, Fingerprint] = {job.source: fingerprint(job.source)}
    sheet = _open_sheet(job.source, results.folder)
    if sheets is not None:
        sheets.append((job, sheet))
    if sheet.image is not None:
        inputs[sheet.image] = fingerprint(sheet.image)
    if done or formats and not results.is_recorded(job) and _are_newer(results.targets(job), inputs):
        return Outcome(sheets is not None)
    results.check(job)
    contents, errors = {}, []
    for kind in formats:
        try:
            contents[kind.suffix] = kind.write([sheet])
        except Exception as error:
            errors.append(error)
    results.write(job, inputs, contents)
    if errors:
        raise errors[0]
    return Outcome(True)


def _are_newer(targets: Iterable[Path], inputs: Iterable[Path]) -> bool:
    """Return whether files of a version without records are newer than what they were made from."""
    changed = max(path.stat().st_mtime_ns for path in inputs)
    return all(target.exists() and target.stat().st_mtime_ns >= changed for target in targets)


def _open_sheet(path: Path, out: Path) -> Sheet:
    """Read a document and find its image; without one, the name of its image stays as it is."""
    if not is_document(path):
        raise PageFormatError(f"{path}: is not a .xml file; PAGE-XML and ALTO are exported. "
                              "To read an image, use python -m ocr read --format.")
    sheet = open_document(path, needs_image=False)
    return sheet if sheet.image is None else Sheet(named_from(sheet.page, sheet.image, out), sheet.image)


def _join(kind: Format, sheets: Sequence[Tuple[Job, Sheet]], run: Run) -> bytes:
    """Return all pages in one file, without those that cannot be written, which are failures."""
    try:
        return kind.write([sheet for _, sheet in sheets])
    except Exception as error:
        fitting = [sheet for job, sheet in sheets if _fits(kind, job, sheet, run)]
        if not fitting or len(fitting) == len(sheets):
            raise OutputError(f"{run.results[0].folder}: no {kind.suffix} can be written ({error}).") from error
        return kind.write(fitting)


def _fits(kind: Format, job: Job, sheet: Sheet, run: Run) -> bool:
    """Tell whether a page can be written by itself; one that cannot is a failure."""
    try:
        kind.write([sheet])
    except Exception as error:
        run.fail_page(job, error)
        return False
    return True
