"""Find the image that a page's document was made from, for reading and for training alike.

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
"""Of images that may stand for one of another suffix, the preferred ones first."""
METS = "mets.xml"


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class ImageIndex:
    """The images at any depth below a folder, by their stems: where data sets keep images apart from documents.

    Parameters
    ----------
    paths : the images' files; others are left out.
    """

    def __init__(self, paths: Sequence[Path]):
        self._images: Dict[str, List[Path]] = {}
        for path in paths:
            if path.suffix.lower() in IMAGE_SUFFIXES:
                self._images.setdefault(_folded(path.stem), []).append(path)

    def nearest(self, document: Path, stem: str, name: str) -> Optional[Path]:
        """Return the image of a stem that shares most folders with a document, of several there the one of that name."""
        found = self._images.get(_folded(stem), ())
        return max(found, key=lambda path: (_shared_folders(path, document), path.name == name), default=None)


def find_image(document: Path, page: Page, index: Optional[ImageIndex] = None) -> Path:
    """Find the image of a document.

    Parameters
    ----------
    document : the document's file.
    page : what was read from it; its `image_filename` is a path, a file:// URL, or empty.
    index : the images of a data set: the nearest one of the named stem, else of the document's, is taken where there is
        none in the usual places. With it, nothing but images is found (no PDF).

    Raises
    ------
    ImageError : there is none; the message lists where was looked.
    """
    names = _names(page.image_filename)
    places = list(dict.fromkeys(_places(document, names)))
    found = _spelt(places, str, index is not None)
    if found is None and index is not None:
        bare = Path(names[-1] if names else "")
        found = index.nearest(document, bare.stem, bare.name) or index.nearest(document, document.stem, bare.name)
    for spelling in (_composed, _folded):
        found = found or _spelt(places, spelling, index is not None)
    stems = [(folder / os.path.dirname(name), os.path.splitext(os.path.basename(name))[0]) for folder, name in places]
    for folder, stem in stems or [(document.parent, document.stem)]:
        found = found or _of_stem(folder, stem)
    if found is not None:
        return found
    looked = ", ".join(str(folder / name) for folder, name in places) or str(document.with_suffix(".*"))
    raise ImageError(f"{document}: its image {page.image_filename!r} was not found, looked for {looked}, also in other "
                     f"spellings and with other suffixes{', and in the whole data set' if index else ''}. "
                     "Put the image beside the document.")


def _spelt(places: Sequence[Tuple[Path, str]], spelling: Callable[[str], str], images_only: bool) -> Optional[Path]:
    """Return the first file at some places, in a spelling."""
    for folder, name in places:
        path = find_file(folder, name, spelling)
        if path is not None and (not images_only or path.suffix.lower() in IMAGE_SUFFIXES):
            return path
    return None


def find_file(folder: Path, name: str, spelling: Callable[[str], str] = _folded) -> Optional[Path]:
    """Find a file from a folder by a relative path whose parts may be spelt in another way on this disk.

    Parameters
    ----------
    name : with "/" between its parts; an absolute path is taken as it is.
    spelling : two names are the same where this makes them so; `str` takes the exact name only.

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
        wanted, is_right = spelling(part), os.path.isfile if last else os.path.isdir
        same = [folder / entry for entry in _listed(folder) if spelling(entry) == wanted and is_right(folder / entry)]
        if not same:
            return None
        folder = same[0]
    return folder if parts and os.path.isfile(folder) else None


def _names(given: str) -> List[str]:
    """List what a document may mean by its image's name: as it is, and as a path with "/"; the last is the most readable."""
    scheme = given.partition(":")[0].lower()
    if scheme == "file":
        path = unquote(urlsplit(given).path)
        given = path[1:] if path[2:3] == ":" else path      # /C:/scans/a.jpg
    elif scheme in ("http", "https"):
        given = unquote(urlsplit(given).path).rpartition("/")[2]    # nothing is downloaded
    return list(dict.fromkeys(name for name in (given, given.replace("\\", "/")) if name.strip("/.")))


def _places(document: Path, names: Sequence[str]) -> Iterator[Tuple[Path, str]]:
    """Yield the (folder, relative path) pairs that an image may lie at, the likeliest first."""
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
    """Find an image of a stem in a folder, whatever its suffix: in the exact spelling rather than in another one."""
    found = [(entry, *os.path.splitext(entry)) for entry in _listed(folder)]
    found = [(own != stem, IMAGE_SUFFIXES.index(suffix.lower()), entry) for entry, own, suffix in found
             if suffix.lower() in IMAGE_SUFFIXES and _folded(own) == _folded(stem) and os.path.isfile(folder / entry)]
    return folder / min(found)[-1] if found else None


def _listed(folder: Path) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):                           # no folder, or a name that cannot be one
        return []


def _shared_folders(first: Path, second: Path) -> int:
    return len(os.path.commonpath([os.path.abspath(first.parent), os.path.abspath(second.parent)]).split(os.sep))
