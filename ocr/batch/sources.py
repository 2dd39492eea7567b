"""Inputs of a run: the files that sources stand for, and the page in a file."""
from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from glob import has_magic
from pathlib import Path
from typing import Callable, List, Literal, Sequence, Set, Tuple, Union

from ocr.errors import ImageError, OcrError, PageFormatError, report
from ocr.batch.results import FAILURES, folded, is_document
from ocr.formats import document as documents
from ocr.formats.document import NOT_PAGES
from ocr.images.listing import in_natural_order, list_matches, natural_key
from ocr.images.load import PageImage, expand, read_frame
from ocr.page.model import Page

Source = Union[str, Path]
Reads = Literal["images", "documents", "both"]
"""What a program reads: images and PDF, PAGE-XML and ALTO, or both."""

_PASSED_OVER = {"images": "no images", "documents": "no PAGE-XML or ALTO", "both": "neither images nor PAGE-XML or ALTO"}
_MOST_NAMED = 5


def list_sources(sources: Sequence[Source], reads: Reads = "both") -> List[Path]:
    """List the files that sources stand for; what else lies in their folders is named on stderr.

    Parameters
    ----------
    sources : files, folders of them, globs.
    reads : with "both", an image is left out where a document of the folder is about it.

    Raises
    ------
    ImageError : a source holds nothing to read.
    """
    found: List[Path] = []
    for source in in_natural_order(sources):
        found += _list_source(Path(os.path.expanduser(source)), reads)
    return list(dict.fromkeys(found))


def list_readable(sources: Sequence[Source], reads: Reads, on_failure: Callable[[str], None]) -> List[Path]:
    """List the files of all sources; sources without any are failures, or an error where all of them are."""
    found: List[Path] = []
    reasons: List[str] = []
    for source in in_natural_order(sources):
        try:
            found += list_sources([source], reads)
        except ImageError as error:
            reasons.append(str(error))
    if not found:
        raise ImageError("\n".join(reasons))
    for reason in reasons:
        on_failure(reason)
    return list(dict.fromkeys(found))


def open_document(path: Path) -> Tuple[Page, Path]:
    """Read a PAGE-XML or ALTO file, and find its image.

    Raises
    ------
    PageFormatError : the file is neither; so is an image, which stage 1 reads.
    ImageError : its image is not there.
    """
    if not is_document(path):
        raise PageFormatError(f"{path}: is not a .xml file; PAGE-XML and ALTO are read here. "
                              "To read an image, use python -m ocr read, or stage 1.")
    sheet = documents.open_document(path)
    assert sheet.image is not None                              # an image that is not found is an error
    return sheet.page, sheet.image


def load_page(path: Path, frame: int = 0) -> Tuple[Page, PageImage]:
    """Read an image as an empty Page, or a PAGE-XML or ALTO file with its image.

    Raises
    ------
    ImageError, PageFormatError : the file, or the image that it names, cannot be read.
    """
    if is_document(path):
        page, image = open_document(path)
        return page, load_image(path, page, image)
    opened = read_frame(path, frame)
    height, width = opened.pixels.shape[:2]
    return Page(str(path), (height, width), frame=frame), opened


def load_image(document: Path, page: Page, path: Path) -> PageImage:
    """Read the image of a document.

    Raises
    ------
    ImageError, PageFormatError : it cannot be read, or has another size than the document says.
    """
    image = read_frame(path, page.frame)
    if tuple(page.size) != image.pixels.shape[:2]:
        raise PageFormatError(f"{document}: says its image has {page.size[1]} x {page.size[0]} pixels, but {image.path} "
                              f"has {image.pixels.shape[1]} x {image.pixels.shape[0]}. Give the one it was made from.")
    return image


def named_from(page: Page, image: Path, folder: Path) -> Page:
    """Return a page whose image is named by its path from a folder.

    Raises
    ------
    ImageError : the path is not UTF-8.
    """
    relative = os.path.relpath(image.parent.resolve() / image.name, folder.resolve())
    try:
        relative.encode()
    except UnicodeEncodeError:
        raise ImageError(f"{image}: its name or its folder's is not UTF-8, so that no document can refer to it. "
                         "Rename it.") from None
    return replace(page, image_filename=Path(relative).as_posix())


def _list_source(source: Path, reads: Reads) -> List[Path]:
    candidates = _candidates(source)
    pages = [path for path in candidates if is_document(path) and path.name.lower() not in NOT_PAGES] if reads != "images" else []
    if reads == "documents" and candidates and not pages:
        raise ImageError(f"{source}: holds no PAGE-XML or ALTO. To read images, use python -m ocr read, or stage 1.")
    try:
        images = expand([source])
    except ImageError:
        if not pages:
            raise
        images = []
    own = _images_of(pages, images)
    found = pages + [path for path in images if path not in own and not (pages and reads == "documents")]
    accounted = own.union(found)
    _name_others(source, [path for path in candidates if path not in accounted], reads)
    return found


def _candidates(source: Path) -> List[Path]:
    """List the files of a folder or glob, without hidden ones; none for a file."""
    try:
        if source.is_dir():
            found = list(source.iterdir())
        else:
            found = list_matches(source) if has_magic(str(source)) and not source.exists() else []
        return sorted((path for path in found if not path.name.startswith(".") and path.name != FAILURES and not path.is_dir()),
                      key=natural_key)
    except OSError as error:
        raise ImageError(f"{source}: cannot be listed ({error.strerror}). Check the permissions.") from error


def _images_of(pages: Sequence[Path], images: Sequence[Path]) -> Set[Path]:
    """Return those of the images that a document is about."""
    stems = {folded(path.stem) for path in pages}
    own = {path for path in images if {folded(path.stem), folded(path.name)} & stems}
    named = set()
    for document in pages if len(own) < len(images) else ():     # parsing many takes its time
        with suppress(OcrError):                                # what is wrong with it is said when it is read
            named.add(open_document(document)[1].resolve())
    return own | {path for path in images if path.resolve() in named}


def _name_others(source: Path, others: Sequence[Path], reads: Reads) -> None:
    if others:
        names = ", ".join(path.name for path in others[:_MOST_NAMED])
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        report(f"note: {source}: passed over as {_PASSED_OVER[reads]}: {names}{more}")
