"""Read the labels of images that show one line or one word each, in the layouts of other programs and data sets.

These layouts are supported, and looked for in this order:

    labels.tsv | .csv | .json | .jsonl         columns (or keys) file, text and, where known, writer and split
    images/WRITER/*  annotations/WRITER.txt    Kalapa's: WRITER/0.jpg, a tab and its text on each line
    NAME.png  NAME.gt.txt                      kraken's, Calamari's and tesstrain's: one text file beside each image

Paths of files are relative to the folder or to its images/.
"""
from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence

from ocr.datasets.ground_truth import IMAGE_SUFFIXES
from ocr.errors import DatasetError
from ocr.text.natural_order import natural_key

_GROUND_TRUTH = ".gt.txt"
_FIELDS = ("file", "text", "writer", "split")


@dataclass(frozen=True)
class LabelledImage:
    """One image and its text.

    Parameters
    ----------
    file : the image, as the labels name it, with "/" between folders.
    text : transcript, as the labels have it.
    writer : name of the writer; empty where it is not known.
    split : the split that the labels put it into; empty where they name none.
    """

    file: str
    text: str
    writer: str = ""
    split: str = ""


def read_labels(folder: Path, problems: List[str]) -> List[LabelledImage]:
    """Read the labels of a folder, in whichever layout it has them.

    Parameters
    ----------
    problems : a message about images without a label is appended, in the layout with a text file for each.

    Raises
    ------
    DatasetError : there are no labels, or they cannot be read.
    """
    for suffix, read in _READERS.items():
        labels = folder / f"labels{suffix}"
        if labels.is_file():
            return _from_rows(labels, read(labels))
    if (folder / "annotations").is_dir() and (folder / "images").is_dir():
        images = list(_from_annotations(folder / "annotations"))
    else:
        images = list(_from_ground_truth_files(folder, problems))
    if not images:
        raise DatasetError(f"{folder} holds no labels: neither labels.tsv, .csv, .json or .jsonl, nor "
                           f"annotations/*.txt beside images/, nor a NAME{_GROUND_TRUTH} beside each image.")
    return images


def _from_rows(labels: Path, rows: Sequence[Any]) -> List[LabelledImage]:
    images = []
    for number, row in enumerate(rows, 1):
        values: Dict[str, Any] = {key: row.get(key) for key in _FIELDS} if isinstance(row, Mapping) else {}
        if not values.get("file") or not isinstance(values["file"], str) or not isinstance(values.get("text"), str):
            raise DatasetError(f"{labels}: entry {number} has no file and text, but {_shown(row)}. "
                               "Name the columns file and text, and where known writer and split.")
        values = {key: str(value).strip() if key != "text" else value for key, value in values.items() if value is not None}
        images.append(LabelledImage(**{**values, "file": values["file"].replace("\\", "/")}))
    if not images:
        raise DatasetError(f"{labels} names no image. Write one entry with file and text for each.")
    return images


def _shown(row: Any) -> str:
    return repr(str(dict(row) if isinstance(row, Mapping) else row)[:80])


def _from_annotations(folder: Path) -> Iterator[LabelledImage]:
    for path in sorted(folder.glob("[!.]*.txt"), key=natural_key):
        for number, row in enumerate(_text(path).split("\n"), 1):
            file, tab, text = row.partition("\t")
            if row.strip() and not (tab and file.strip()):
                raise DatasetError(f"{path}, line {number}: is not a file, a tab and its text, but {row[:80]!r}.")
            if tab:
                yield LabelledImage(file.strip().replace("\\", "/"), text, path.stem)


def _from_ground_truth_files(folder: Path, problems: List[str]) -> Iterator[LabelledImage]:
    files = sorted((path for path in folder.rglob("*") if not path.name.startswith(".")), key=natural_key)
    images = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    named = {path.with_name(path.name.split(".")[0]): path for path in reversed(images)}    # 0001.bin.png, 0001.gt.txt
    named.update({path.with_suffix(""): path for path in reversed(images)})
    stems = {path.with_name(path.name[:-len(_GROUND_TRUTH)]): path for path in files if path.name.endswith(_GROUND_TRUTH)}
    for stem, path in stems.items():
        yield LabelledImage(named.get(stem, stem).relative_to(folder).as_posix(), _text(path).strip())
    without = [path for path in images
               if path.with_suffix("") not in stems and path.with_name(path.name.split(".")[0]) not in stems]
    if stems and without:
        problems.append(f"{folder}: {len(without)} images have no {_GROUND_TRUTH} file, such as "
                        f"{without[0].relative_to(folder).as_posix()}; they are left out")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as labels ({error}). Give a text file in UTF-8.") from error


def _read_tsv(path: Path) -> List[Any]:
    return _table(path, delimiter="\t", quoting=csv.QUOTE_NONE)         # a quote is a character like any other


def _read_csv(path: Path) -> List[Any]:
    return _table(path, strict=True)


def _table(path: Path, **options: Any) -> List[Any]:
    try:
        return list(csv.DictReader(io.StringIO(_text(path), newline=""), **options))
    except csv.Error as error:
        raise DatasetError(f"{path} cannot be read as a table ({error}). Give columns file and text.") from error


def _read_json(path: Path) -> List[Any]:
    content = _parsed(_text(path), str(path))
    return [{"file": file, "text": label} for file, label in content.items()] if isinstance(content, dict) else content


def _read_jsonl(path: Path) -> List[Any]:
    return [_parsed(row, f"{path}, line {number}") for number, row in enumerate(_text(path).split("\n"), 1) if row.strip()]


def _parsed(text: str, place: str) -> Any:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{place}: is no JSON ({error}). Give objects with file and text.") from error
    if not isinstance(content, (dict, list)):
        raise DatasetError(f"{place}: is {str(content)[:80]!r}, and no object with file and text, or list of them.")
    return content


_READERS: Dict[str, Callable[[Path], List[Any]]] = {
    ".tsv": _read_tsv, ".csv": _read_csv, ".json": _read_json, ".jsonl": _read_jsonl}
