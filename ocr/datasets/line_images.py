"""Ground truth from images that show one line or one word each.

Three layouts are known, tried in this order:

    labels.tsv | .csv | .json | .jsonl         columns (or keys) file, text and, where known, writer and split
    images/WRITER/*  annotations/WRITER.txt    Kalapa's: WRITER/0.jpg, a tab and its text on each line
    NAME.png  NAME.gt.txt                      kraken's, Calamari's and tesstrain's: one text file beside each image

Files are named from the folder, or from its images/.
"""
from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

from ocr.datasets.splits import HELD_OUT, Splits
from ocr.datasets.ground_truth import PICTURE_SUFFIXES, TruthPage, picture_size
from ocr.errors import DatasetError
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region
from ocr.text.normalise import normalise

_UNKNOWN_WRITERS = ("", "unknown")
_GROUND_TRUTH = ".gt.txt"


@dataclass(frozen=True)
class LabelledImage:
    """One image and what stands on it.

    Parameters
    ----------
    file : the image, as the labels name it.
    text : what is written, as the labels have it.
    writer : who wrote it; empty where that is not known.
    split : the split that the labels put it into; empty where they name none.
    """

    file: str
    text: str
    writer: str = ""
    split: str = ""


class LineImages:
    """Images of single lines or words with their texts; each is a page of one line.

    A split is one that the labels name, else a list of images or of writers: `splits/NAME.txt`, `NAME_writers.txt` and
    the other places of `ocr.datasets.splits`.

    Parameters
    ----------
    folder : holds the images and their labels.

    Attributes
    ----------
    name : "lines".
    missing : images asked for so far that are not there.
    problems : what else was found wrong so far, one line each.

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
        self._images = self._without_repeats(_labelled(self._folder))
        self._has_splits = any(image.split for image in self._images)

    def pages(self, split: str) -> List[TruthPage]:
        """Return the images of a split (train, validation, test, all, or a list file), each as a page of one line.

        A page is named after its writer where that is known, else after its file, so that what is done page by page
        (splits, intervals, the width of characters) is done writer by writer.

        None where the labels put images into splits, but none into this one; `problems` says so.

        Raises
        ------
        DatasetError : there is no such split.
        """
        found: List[TruthPage] = []
        for image in self._of_split(split):
            path = self._path(image.file)
            if path is None:
                self._note(self.missing, image.file)
                continue
            try:
                found.append(_page(path, image))
            except DatasetError as error:
                self._note(self.problems, str(error))
        return found

    def _of_split(self, split: str) -> List[LabelledImage]:
        names = {image.split for image in self._images}
        if self._has_splits and split in names:
            return [image for image in self._images if image.split == split]
        if self._has_splits and split in ("train", *HELD_OUT):
            self._note(self.problems, f"{self._folder}: the labels put no image into the split {split!r}")
            return []
        known = list(dict.fromkeys(name for image in self._images for name in (_page_name(image), image.file)))
        wanted = set(Splits(self._folder, known).names(split, self.problems))
        held = set() if split != "train" else set(known) - wanted          # the whole writer, or this very image
        return [image for image in self._images
                if wanted & {_page_name(image), image.file} and not held & {_page_name(image), image.file}]

    def _path(self, file: str) -> Optional[Path]:
        return next((path for path in (self._folder / file, self._folder / "images" / file) if path.is_file()), None)

    def _without_repeats(self, images: Sequence[LabelledImage]) -> List[LabelledImage]:
        counts = Counter(image.file for image in images)
        self.problems += [f"{self._folder}: {file} is labelled {count} times; its first label is used"
                          for file, count in counts.items() if count > 1]
        return list({image.file: image for image in reversed(images)}.values())[::-1]

    @staticmethod
    def _note(notes: List[str], note: str) -> None:
        if note not in notes:
            notes.append(note)


def _page_name(image: LabelledImage) -> str:
    return image.file if image.writer in _UNKNOWN_WRITERS else image.writer


def _page(path: Path, image: LabelledImage) -> TruthPage:
    size = picture_size(path)
    outline = Polygon.from_box(Box(0, 0, size[1], size[0]))
    line = Line("line", outline, readings=(Reading(normalise(image.text)),))
    page = Page(path.name, size, (Region("text", outline, (line,), "paragraph"),))
    name = _page_name(image)
    return TruthPage(page, path, name, name)


def _labelled(folder: Path) -> List[LabelledImage]:
    """Read the labels of a folder, in whichever layout it has them."""
    for suffix, read in _READERS.items():
        labels = folder / f"labels{suffix}"
        if labels.is_file():
            return _from_rows(labels, read(_text(labels)))
    if (folder / "annotations").is_dir() and (folder / "images").is_dir():
        return list(_from_annotations(folder / "annotations"))
    images = list(_from_ground_truth_files(folder))
    if not images:
        raise DatasetError(f"{folder} holds no labels: neither labels.tsv, .csv, .json or .jsonl, nor "
                           f"annotations/ beside images/, nor a NAME{_GROUND_TRUTH} beside each image.")
    return images


def _from_rows(labels: Path, rows: Sequence[Mapping[str, Any]]) -> List[LabelledImage]:
    images = []
    for number, row in enumerate(rows, 1):
        values = {key: row.get(key) for key in ("file", "text", "writer", "split")} if isinstance(row, Mapping) else {}
        if not isinstance(values.get("file"), str) or not isinstance(values.get("text"), str):
            raise DatasetError(f"{labels}: entry {number} has no file and text, but {str(row)[:80]!r}. "
                               "Name the columns file and text, and where known writer and split.")
        images.append(LabelledImage(**{key: str(value) for key, value in values.items() if value is not None}))
    if not images:
        raise DatasetError(f"{labels} names no image. Write one entry with file and text for each.")
    return images


def _from_annotations(folder: Path) -> Iterator[LabelledImage]:
    for path in sorted(folder.glob("*.txt")):
        for number, row in enumerate(_text(path).splitlines(), 1):
            file, tab, text = row.partition("\t")
            if row.strip() and not tab:
                raise DatasetError(f"{path}, line {number}: no tab between file and text, but {row[:80]!r}.")
            if tab:
                yield LabelledImage(file, text, path.stem)


def _from_ground_truth_files(folder: Path) -> Iterator[LabelledImage]:
    images: Dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            images.setdefault(path.with_suffix("").as_posix(), path)
            images.setdefault(path.as_posix().split(".")[0], path)          # 0001.bin.png beside 0001.gt.txt
    for path in sorted(folder.rglob(f"*{_GROUND_TRUTH}")):
        stem = path.as_posix()[:-len(_GROUND_TRUTH)]
        yield LabelledImage(images.get(stem, Path(stem)).relative_to(folder).as_posix(), _text(path).strip())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as labels ({error}). Give a text file in UTF-8.") from error


def _read_tsv(text: str) -> List[Mapping[str, Any]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def _read_csv(text: str) -> List[Mapping[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


def _read_json(text: str) -> List[Mapping[str, Any]]:
    content = _parsed(text)
    return [{"file": file, "text": label} for file, label in content.items()] if isinstance(content, dict) else list(content)


def _read_jsonl(text: str) -> List[Mapping[str, Any]]:
    return [_parsed(row) for row in text.splitlines() if row.strip()]


def _parsed(text: str) -> Any:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise DatasetError(f"The labels are no JSON ({error}).") from error
    if not isinstance(content, (dict, list)):
        raise DatasetError(f"The labels are {str(content)[:80]!r}, and no list of objects with file and text.")
    return content


_READERS: Dict[str, Callable[[str], List[Mapping[str, Any]]]] = {
    ".tsv": _read_tsv, ".csv": _read_csv, ".json": _read_json, ".jsonl": _read_jsonl}
