"""Ground truth from images that show one line or one word each; see `ocr.datasets.line_labels` for the layouts."""
from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import FrozenSet, Iterator, List, Optional, Sequence

from ocr.datasets.ground_truth import GroundTruthPage, image_size
from ocr.datasets.line_labels import LabelledImage, read_labels
from ocr.datasets.splits import HELD_OUT, SPLITS, Splits, in_both
from ocr.errors import DatasetError
from ocr.formats.document_image import find_file
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region
from ocr.text.normalise import normalise

_UNKNOWN_WRITERS = ("", "unknown")


class LineImages:
    """Images of single lines or words with their texts; each is a page of one line.

    A split is one that the labels name, else a list of images or of writers: `splits/NAME.txt`, `NAME_writers.txt` and
    the other places of `ocr.datasets.splits`. Without a list, "train" is what no list and no label holds out.

    Parameters
    ----------
    folder : holds the images and their labels.

    Attributes
    ----------
    name : "lines".
    missing : images requested so far that do not exist.
    problems : other problems found so far, one line each, such as a writer in two splits.

    Raises
    ------
    DatasetError : the folder is missing, holds no labels, or they cannot be read.
    """

    name = "lines"

    def __init__(self, folder: Path):
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise DatasetError(f"{self._folder} is not a folder. Name the one that holds the line images and their labels.")
        self.missing: List[str] = []
        self.problems: List[str] = []
        self._images = self._without_repeats(read_labels(self._folder, self.problems))
        self._labelled_splits = sorted({image.split for image in self._images} - {""})
        known = list(dict.fromkeys(name for image in self._images for name in _names(image)))
        self._splits = Splits(self._folder, known, _spellings)

    def pages(self, split: str) -> List[GroundTruthPage]:
        """Return the images of a split (train, validation, test, all, or a list file), each as a page of one line.

        A page is named after its writer where that is known, else after its file, so that what is done by page
        (splits, intervals, width normalisation) is done by writer.

        The list is empty where the labels put images into splits, but none into this one; `problems` says so.

        Raises
        ------
        DatasetError : there is no such split.
        """
        found: List[GroundTruthPage] = []
        problems: List[str] = []
        images = self._of_split(split, problems)
        self._compare(split, images, problems)
        for image in images:
            path = self._path(image.file)
            if path is None:
                self.missing += [image.file] if image.file not in self.missing else []
                continue
            try:
                found.append(_page(path, image))
            except DatasetError as error:
                problems.append(str(error))
        self.problems += [problem for problem in dict.fromkeys(problems) if problem not in self.problems]
        return found

    def _of_split(self, split: str, problems: List[str]) -> List[LabelledImage]:
        if split == "all":
            return self._images
        if self._labelled_splits and split in (*self._labelled_splits, *SPLITS):
            return self._of_labelled_split(split, problems)
        if split == "train" and self._splits.list_file("train") is None:
            held_out = self._splits.held_out()
            return [image for image in self._images if not held_out & _names(image)]
        names = set(self._splits.names(split, problems))
        return [image for image in self._images if names & _names(image)]

    def _of_labelled_split(self, split: str, problems: List[str]) -> List[LabelledImage]:
        is_rest = split == "train" and "train" not in self._labelled_splits and set(self._labelled_splits) <= set(HELD_OUT)
        found = [image for image in self._images if image.split == ("" if is_rest else split)]
        if not found:
            problems.append(f"{self._folder}: the labels put no image into the split {split!r}, but into "
                            f"{', '.join(map(repr, self._labelled_splits))}")
        unlabelled = sum(not image.split for image in self._images)
        if unlabelled and not is_rest:
            problems.append(f"{self._folder}: the labels put {unlabelled} images into no split; they are left out")
        return found

    def _compare(self, split: str, images: Sequence[LabelledImage], problems: List[str]) -> None:
        """Report writers that are in this split and in another one."""
        for other in SPLITS if split in SPLITS else ():
            named = other in self._labelled_splits or self._splits.list_file(other) is not None
            if other != split and (named or other == "train"):
                writers = [{_page_name(image) for image in part} for part in (images, self._of_split(other, []))]
                problems += in_both(self._folder, "writers or images", split, other, *writers)

    def _path(self, file: str) -> Optional[Path]:
        return find_file(self._folder, file) or find_file(self._folder / "images", file)

    def _without_repeats(self, images: Sequence[LabelledImage]) -> List[LabelledImage]:
        counts = Counter(image.file for image in images)
        self.problems += [f"{self._folder}: {file} is labelled {count} times; its first label is used"
                          for file, count in counts.items() if count > 1]
        return list({image.file: image for image in reversed(images)}.values())[::-1]


def _page_name(image: LabelledImage) -> str:
    return image.file if image.writer in _UNKNOWN_WRITERS else image.writer


def _names(image: LabelledImage) -> FrozenSet[str]:
    """Return the names that a list may use for an image: its writer, its file, and its file without suffix."""
    return frozenset((_page_name(image), image.file, os.path.splitext(image.file)[0]))


def _spellings(entry: str) -> Iterator[str]:
    """Yield what an entry of a list may mean: a writer, or an image with or without its suffix, named as labels name it."""
    entry = entry.replace("\\", "/")
    for name in (entry, entry[len("images/"):] if entry.startswith("images/") else entry):
        yield name
        yield os.path.splitext(name)[0]


def _page(path: Path, image: LabelledImage) -> GroundTruthPage:
    size = image_size(path)
    outline = Polygon.from_box(Box(0, 0, size[1], size[0]))
    line = Line("line", outline, readings=(Reading(normalise(image.text)),))
    page = Page(path.name, size, (Region("text", outline, (line,), "paragraph"),))
    name = _page_name(image)
    return GroundTruthPage(page, path, name, name)
