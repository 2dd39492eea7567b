"""Find the image of a page's document, for recognition and for training.

Documents name their image from their own folder (this program), from the folder of mets.xml (OCR-D), from a folder above
(kraken), by a URL or a path of another machine (Transkribus, Windows), or not at all; and copying between systems
changes the case, the Unicode form and the suffix of names. Exact names are looked for everywhere before similar ones.
"""
from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import unquote, urlsplit

from ocr.errors import ImageError
from ocr.page.model import Page

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".jp2", ".gif", ".jpe", ".jfif",
                  ".ppm", ".pgm", ".pbm")
"""Suffixes that may replace the suffix in the document, in order of preference."""
METS = "mets.xml"


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class ImageIndex:
    """The images of a data set by their stems, for data sets that keep images and documents in different folders.

    Parameters
    ----------
    paths : of the images; other files are ignored.
    """

    def __init__(self, paths: Sequence[Path]):
        self._images: Dict[str, List[Path]] = {}
        for path in paths:
            if path.suffix.lower() in IMAGE_SUFFIXES:
                self._images.setdefault(_folded(path.stem), []).append(path)

    def nearest(self, document: Path, stem: str, name: str) -> Optional[Path]:
        """Return the image with a stem that shares the most folders with a document; among several, the one with that name."""
        found = self._images.get(_folded(stem), ())
        return max(found, key=lambda path: (_shared_folders(path, document), path.name == name), default=None)


def find_image(document: Path, page: Page, index: Optional[ImageIndex] = None) -> Path:
    """Find the image of a document.

    Parameters
    ----------
    document : the document's file.
    page : as read from it; its `image_filename` is a path, a file:// URL, or empty.
    index : the images of a data set: where there is none in the usual places, the nearest one with the named stem, else with
        the document's stem, is used. With an index, only images are found, no PDF.

    Raises
    ------
    ImageError : there is none; the message lists the places that were searched.
    """
    names = _names(page.image_filename)
    places = list(dict.fromkeys(_places(document, names)))
    found = _first_file(places, str, index is not None)
    if found is None and index is not None:
        bare = Path(names[-1] if names else "")
        found = index.nearest(document, bare.stem, bare.name) or index.nearest(document, document.stem, bare.name)
    for spelling in (_composed, _folded):
        found = found or _first_file(places, spelling, index is not None)
    stems = [(folder / os.path.dirname(name), os.path.splitext(os.path.basename(name))[0]) for folder, name in places]
    for folder, stem in stems or [(document.parent, document.stem)]:
        found = found or _of_stem(folder, stem)
    if found is not None:
        return found
    searched = ", ".join(str(folder / name) for folder, name in places) or str(document.with_suffix(".*"))
    raise ImageError(f"{document}: its image {page.image_filename!r} was not found, looked for {searched}, also in other "
                     f"spellings and with other suffixes{', and in the whole data set' if index else ''}. "
                     "Put the image beside the document.")


def _first_file(places: Sequence[Tuple[Path, str]], spelling: Callable[[str], str], images_only: bool) -> Optional[Path]:
    """Return the first file that exists at one of the places, compared by a spelling."""
    for folder, name in places:
        path = find_file(folder, name, spelling)
        if path is not None and (not images_only or path.suffix.lower() in IMAGE_SUFFIXES):
            return path
    return None


def find_file(folder: Path, name: str, spelling: Callable[[str], str] = _folded) -> Optional[Path]:
    """Find a file by its path relative to a folder; its parts may be spelt differently on this disk.

    Parameters
    ----------
    name : with "/" between its parts; an absolute path is taken as it is.
    spelling : function that maps equivalent names to the same string; `str` accepts the exact name only.

    Returns
    -------
    Path of the file, or None.
    """
    path = folder / name
    if os.path.isfile(path):                                # unlike Path.is_file, no error for a name that is too long
        return path
    if spelling is str or os.path.isabs(name):
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        if part == ".." or (not last and os.path.isdir(folder / part)):
            folder = folder / part
            continue
        target, is_right = spelling(part), os.path.isfile if last else os.path.isdir
        matches = [folder / entry for entry in _listed(folder) if spelling(entry) == target and is_right(folder / entry)]
        if not matches:
            return None
        folder = matches[0]
    return folder if parts and os.path.isfile(folder) else None


def _names(given: str) -> List[str]:
    """List the paths that an image's name in a document may mean: as it is, and with "/" as separator, the latter last."""
    scheme = given.partition(":")[0].lower()
    if scheme == "file":
        path = unquote(urlsplit(given).path)
        given = path[1:] if path[2:3] == ":" else path      # /C:/scans/a.jpg
    elif scheme in ("http", "https"):
        given = unquote(urlsplit(given).path).rpartition("/")[2]    # nothing is downloaded
    return list(dict.fromkeys(name for name in (given, given.replace("\\", "/")) if name.strip("/.")))


def _places(document: Path, names: Sequence[str]) -> Iterator[Tuple[Path, str]]:
    """Yield the (folder, relative path) pairs that an image may lie at, the most likely first."""
    here = document.parent
    above = Path(os.path.abspath(here))
    mets = [folder for folder in (above, *above.parents) if os.path.isfile(folder / METS)][:1]
    for folder in (here, *mets, above.parent):
        for name in names:
            yield folder, name
    for name in names[-1:]:
        for folder in (here, above.parent):
            yield folder, name.rstrip("/").rpartition("/")[2]


def _of_stem(folder: Path, stem: str) -> Optional[Path]:
    """Find an image with a stem in a folder, whatever its suffix; the exact spelling is preferred."""
    split = [(entry, *os.path.splitext(entry)) for entry in _listed(folder)]
    found = [(own != stem, IMAGE_SUFFIXES.index(suffix.lower()), entry) for entry, own, suffix in split
             if suffix.lower() in IMAGE_SUFFIXES and _folded(own) == _folded(stem) and os.path.isfile(folder / entry)]
    return folder / min(found)[-1] if found else None


def _listed(folder: Path) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):                           # no folder, or a name that cannot be one
        return []


def _shared_folders(first: Path, second: Path) -> int:
    return len(os.path.commonpath([os.path.abspath(first.parent), os.path.abspath(second.parent)]).split(os.sep))
