"""Inputs of a run: the files that sources stand for, the names of their results, and the page in a file."""
from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Dict, List, Sequence, Tuple, Union

from ocr.errors import ImageError, PageFormatError
from ocr.formats.document import NOT_PAGES, open_document
from ocr.images.load import PageImage, expand, read_frame
from ocr.output import Failures
from ocr.page.model import Page


def list_sources(sources: Sequence[Union[str, Path]]) -> List[Path]:
    """List the images, or the PAGE-XML files where a folder or glob contains some, that the sources stand for."""
    found: List[Path] = []
    for source in sources:
        documents = _documents(Path(source).expanduser())
        found += documents if documents else expand([source])
    return list(dict.fromkeys(found))


def list_readable(sources: Sequence[Union[str, Path]], failures: Failures) -> List[Path]:
    """List the files of all sources; sources without any are failures, or an error where all of them are."""
    found: List[Path] = []
    reasons: List[str] = []
    for source in sources:
        try:
            found += list_sources([source])
        except ImageError as error:
            reasons.append(str(error))
    if not found:
        raise ImageError("\n".join(reasons))
    for reason in reasons:
        failures.report(reason)
    return list(dict.fromkeys(found))


def result_names(paths: Sequence[Path]) -> Dict[Path, str]:
    """Name the results of files, each differently: by stem, with the suffix or the folder where stems are the same."""
    kinds = [[path.stem for path in paths], [path.name for path in paths],
             [f"{path.absolute().parent.name}_{path.name}" for path in paths]]
    counts = [Counter(names) for names in kinds]
    found: Dict[Path, str] = {}
    for path, *names in zip(paths, *kinds):
        own = [name for name, count in zip(names, counts) if count[name] == 1]
        found[path] = own[0] if own else f"{names[-1]}_{len(found) + 1}"
    return found


def load_page(path: Path, frame: int = 0) -> Tuple[Page, PageImage]:
    """Read an image as an empty Page, or a PAGE-XML or ALTO file with its image.

    Raises
    ------
    ImageError, PageFormatError : the file, or the image that it names, cannot be read.
    """
    if path.suffix.lower() != ".xml":
        image = read_frame(path, frame)
        height, width = image.pixels.shape[:2]
        return Page(str(path), (height, width), frame=frame), image
    sheet = open_document(path)
    assert sheet.image is not None                          # an image that is not found is an error
    page, image = sheet.page, read_frame(sheet.image, sheet.page.frame)
    if tuple(page.size) != image.pixels.shape[:2]:
        raise PageFormatError(f"{path}: says its image has {page.size[1]} x {page.size[0]} pixels, but {image.path} "
                              f"has {image.pixels.shape[1]} x {image.pixels.shape[0]}. Give the one it was made from.")
    return page, image


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


def _documents(source: Path) -> List[Path]:
    """List the PAGE-XML files of a folder or glob."""
    try:
        if source.is_dir():
            candidates = list(source.iterdir())
        else:
            candidates = [] if source.exists() else [Path(name) for name in glob(str(source), recursive=True)]
        return sorted(path for path in candidates
                      if path.suffix.lower() == ".xml" and path.name.lower() not in NOT_PAGES
                      and not path.name.startswith(".") and not path.is_dir())
    except OSError as error:
        raise ImageError(f"{source}: cannot be listed ({error.strerror}). Check the permissions.") from error
