"""Open a data set by its kind and folder."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, List, Protocol

from ocr.datasets.alto_pages import alto_dataset
from ocr.datasets.iam import IamDataset
from ocr.datasets.line_images import LineImages
from ocr.datasets.page_pages import page_dataset
from ocr.datasets.ground_truth import GroundTruthPage
from ocr.errors import DatasetError

__all__ = ["DATA_SETS", "Dataset", "GroundTruthPage", "open_dataset", "report"]


class Reported(Protocol):
    """What was read, and what is wrong with it.

    Attributes
    ----------
    name : its kind.
    missing : names of pages requested so far whose image is missing.
    problems : other problems found so far, one line each, with the file's name.
    """

    name: str
    missing: List[str]
    problems: List[str]


class Dataset(Reported, Protocol):
    """A data set on disk."""

    def pages(self, split: str) -> List[GroundTruthPage]:
        """Return the pages of a split: "train", "validation", "test", "all", or the path of a list file."""


PAGELESS = ("strokes", "text")              # kinds of data for synthetic lines
_KINDS: Dict[str, Callable[[Path], Dataset]] = {"iam": IamDataset, "alto": alto_dataset, "page": page_dataset,
                                                "lines": LineImages}
DATA_SETS = ", ".join(f"{kind}:DIR" for kind in list(_KINDS)[:-1]) + f" or {list(_KINDS)[-1]}:DIR"
"""The kinds of data sets with pages, for the help of command lines."""


def open_dataset(spec: str) -> Dataset:
    """Open the data set that KIND:DIR names.

    Raises
    ------
    DatasetError : the kind is unknown or has no pages, or the folder does not hold such a data set.
    """
    kind, colon, folder = spec.partition(":")
    if kind in PAGELESS:
        raise DatasetError(f"Data set {spec!r} has no pages: nothing but `scripts/3_recognise_text.py train` takes it. "
                           f"Give one of kind {', '.join(_KINDS)}.")
    if not colon or kind not in _KINDS or not folder:
        raise DatasetError(f"Data set {spec!r} is not of the form KIND:DIR with KIND one of {', '.join(_KINDS)}; "
                           "write for example iam:/data/iam.")
    return _KINDS[kind](Path(folder).expanduser())


def report(dataset: Reported, shown: int = 5) -> List[str]:
    """Return one message for each of the first problems of what was read of a data set; none where all is well."""
    lines = []
    if dataset.missing:
        lines.append(f"{dataset.name}: {len(dataset.missing)} pages have no image, such as "
                     f"{', '.join(dataset.missing[:shown])}")
    lines += [f"{dataset.name}: {problem}" for problem in dataset.problems[:shown]]
    if len(dataset.problems) > shown:
        lines.append(f"{dataset.name}: and {len(dataset.problems) - shown} more problems")
    return lines
