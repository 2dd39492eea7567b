"""Which pages belong to a split: list files, named splits and the remaining pages."""
from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Set

from ocr.datasets.ground_truth import IMAGE_SUFFIXES
from ocr.errors import DatasetError

HELD_OUT = ("validation", "test")
SPLITS = ("train", *HELD_OUT)
_SHOWN = 3                  # names in a message
_SUFFIXES = IMAGE_SUFFIXES + (".xml",)


class Splits:
    """Splits of a data set folder.

    A split is named by a list file with one page name a line (lines that start with "#" are comments), looked for at
    splits/NAME.txt, NAME_pages.txt, NAME_writers.txt and NAME.txt of the folder. Without a list, "train" is every page that
    no list holds out for validation or test, and "all" is every page. Any path to a list file is a split too.

    Parameters
    ----------
    folder : the data set's folder.
    known : names of all its pages, in the order in which they are returned.
    spellings : yields what an entry of a list may mean, in lower case, the most likely first; if None, an entry is the name of
        a page, its file, or one of its lines (form-00 of IAM).
    """

    def __init__(self, folder: Path, known: Sequence[str], spellings: Optional[Callable[[str], Iterable[str]]] = None):
        self._spellings = spellings or _spellings
        self._folder = folder
        self._known = list(known)

    def list_file(self, split: str) -> Optional[Path]:
        """Return the list file of a split, or None where it has none."""
        names = (f"splits/{split}.txt", f"{split}_pages.txt", f"{split}_writers.txt", f"{split}.txt")
        places = [*(self._folder / name for name in names), Path(split)]
        return next((place for place in places if place.is_file()), None)

    def names(self, split: str, problems: List[str]) -> List[str]:
        """Return the pages of a split.

        Names in a list that the data set does not have, and pages that are also in another split's list, are added to `problems`.

        Raises
        ------
        DatasetError : the split is neither a name that works here nor a list file, or its list
            cannot be read or holds no known page.
        """
        if split == "all":
            return list(self._known)
        path = self.list_file(split)
        if path is None and split == "train":
            held_out = self.held_out()
            return [name for name in self._known if name not in held_out]
        if path is None:
            lists = sorted(str(p.relative_to(self._folder)) for place in ("*.txt", "splits/*.txt")
                           for p in self._folder.glob(place))
            raise DatasetError(f"{self._folder} has no split {split!r}: no splits/{split}.txt, {split}_pages.txt, "
                               f"{split}_writers.txt or {split}.txt, and no such list file. Lists there: {', '.join(lists) or 'none'}; "
                               "'all' and 'train' always work.")
        unknown: List[str] = []
        found = self._listed(path, unknown)
        if not found:
            raise DatasetError(f"{path} names no page of {self._folder}, which holds {len(self._known)}, "
                               f"such as {self._known[:2]}. Was it made for another data set?")
        for other in SPLITS if split in SPLITS else ():
            if other != split:
                problems += in_both(self._folder, "pages", split, other, found, self._listed(self.list_file(other), []))
        problems += unknown                                 # last: of many problems, only the first are shown
        return found

    def held_out(self) -> Set[str]:
        """Return the names that lists hold out for validation and test."""
        return {name for other in HELD_OUT for name in self._listed(self.list_file(other), [])}

    def _listed(self, path: Optional[Path], problems: List[str]) -> List[str]:
        if path is None:
            return []
        known: Dict[str, str] = {_folded(name): name for name in self._known}
        found: Dict[str, None] = {}
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(f"{path}: cannot be read as a list of pages ({error}). "
                               "Give a text file in UTF-8, one page name a line.") from error
        for line in text.splitlines():
            entry = line.strip()
            if not entry or entry.startswith("#"):
                continue
            name = next((known[c] for c in self._spellings(_folded(entry)) if c in known), None)
            if name is None:
                problems.append(f"{path}: page {entry!r} is not in the data set")
            else:
                found[name] = None
        return list(found)


def in_both(folder: Path, what: str, first: str, second: str, names: Iterable[str], others: Iterable[str]) -> List[str]:
    """Return a message about what is in two splits of a data set, which makes scores too good; none where nothing is."""
    others = set(others)
    both = [name for name in names if name in others]
    if not both:
        return []
    first, second = sorted((first, second), key=SPLITS.index)
    return [f"{folder}: {len(both)} {what} are in both {first} and {second}, such as {', '.join(sorted(both)[:_SHOWN])}"]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _spellings(entry: str) -> Iterable[str]:
    yield entry
    stem = entry.replace("\\", "/").rsplit("/", 1)[-1]
    for suffix in _SUFFIXES:
        if stem.endswith(suffix):
            stem = stem[:-len(suffix)]
    yield stem
    head, dash, number = stem.rpartition("-")
    if dash and number.isdigit() and len(number) <= 3:
        yield head
