"""Lines or single words for training and scoring, from data sets of pages."""
from __future__ import annotations

import sys
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Callable, Dict, List, Protocol, Sequence, Tuple, TypeVar

import numpy as np

from ocr.datasets.detected import detected_pages
from ocr.datasets.line_cache import Unit, build_line_cache
from ocr.datasets.opening import GroundTruthPage, open_dataset, report
from ocr.errors import DatasetError
from ocr.images.alone import MAX_PADDING, pad_with_paper
from ocr.recognition.width import scale_factor, scale_width
from ocr.text.alphabet import Alphabet

Read = TypeVar("Read")


class Sample(Protocol):
    """One line for training.

    Attributes
    ----------
    text : ground truth, NFC.
    page : identity of its page.
    source : name of its data set.
    writer : identity of the writer in the data set; the page's name where that is unknown.
    width : approximate width of its line image in pixels.
    """

    @property
    def text(self) -> str: ...

    @property
    def page(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def writer(self) -> str: ...

    @property
    def width(self) -> float: ...

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return its line image, (H, W) uint8 grey, dark ink on light paper."""


OneSample = TypeVar("OneSample", bound=Sample)


@dataclass(frozen=True)
class LineSample:
    """One line of a page with its text; it is a `Sample`.

    Parameters
    ----------
    line_image : uint8 (H, W) grey, dark ink on light paper.
    text : ground truth, NFC.
    page : identity of its page; confidence intervals resample pages.
    source : name of its data set.
    writer : who wrote it.
    """

    line_image: np.ndarray
    text: str
    page: str
    source: str
    writer: str = ""

    @property
    def width(self) -> int:
        """Pixels of the line image."""
        return self.line_image.shape[1]

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return the line image."""
        return self.line_image


@dataclass(frozen=True)
class WordSample(LineSample):
    """A single word; it is a `Sample`."""

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return the line image with a random margin, as people crop words loosely or tightly."""
        return pad_with_paper(self.line_image, MAX_PADDING * rng.random() ** 2)


def load_samples(data: Sequence[str], split: str, height: int, cache: Path, unit: Unit = "line",
                 detected: Sequence[Path] = ()) -> List[LineSample]:
    """Cut the lines of a split of some data sets into line images; missing files are reported on stderr.

    Parameters
    ----------
    data : data sets as KIND:DIR.
    split : name or list file.
    height : pixels of a line image.
    cache : folder where cut line images are kept.
    unit : "line", or "word" for single words, cropped by their own outlines.
    detected : folders of documents, see `ocr.datasets.detected`, whose lines become samples beside those of the ground truth.

    Raises
    ------
    DatasetError : a data set, split or folder is not there, or no line could be cut, or no detected one used; or
        detected words are asked for.
    """
    if detected and unit != "line":
        raise DatasetError("Detected boxes are learned from as lines only: leave out --detected, or --unit word.")
    samples: List[LineSample] = []
    used = 0
    for spec, source in zip(data, sources_of(data)):
        dataset = open_dataset(spec)
        pages = dataset.pages(split)
        _report(report(dataset))
        if not pages:
            continue
        samples += _cut(source, pages, height, cache, unit)
        if detected:
            found = detected_pages(pages, detected)
            _report([f"{dataset.name}: {found}", *found.problems])
            samples += _cut(source, found.pages, height, cache, "line") if found.pages else []
            used += found.matched
    if not samples:
        raise DatasetError(f"{', '.join(data)}: nothing is in the split {split!r}.")
    if detected and not used:
        raise DatasetError(f"No detected line in {', '.join(map(str, detected))} lies on a line of the {split} split. "
                           "Run stages 1 and 2 on the images of its pages.")
    return samples


def sources_of(data: Sequence[str]) -> List[str]:
    """Return names of data sets, KIND:DIR: their kind, and with several of one kind their folders, too."""
    kinds = [spec.partition(":")[0] for spec in data]
    return [kind if kinds.count(kind) == 1 else f"{kind}_{Path(spec).name}" for kind, spec in zip(kinds, data)]


def _cut(source: str, pages: Sequence[GroundTruthPage], height: int, cache: Path, unit: Unit) -> List[LineSample]:
    line_images = build_line_cache(pages, height, cache, unit)
    _report(line_images.problems)
    kind = WordSample if unit == "word" else LineSample
    return [kind(line_images.line_image(index), line.text, line.page, source, line.writer)
            for index, line in enumerate(line_images.lines)]


def _report(messages: Sequence[str], max_shown: int = 6) -> None:
    """Print messages, the first few of many."""
    rest = [f"and {len(messages) - max_shown} more problems"] if len(messages) > max_shown else []
    print(*messages[:max_shown], *rest, sep="\n", end="\n" if messages else "", file=sys.stderr)


def covered(samples: Sequence[OneSample], alphabet: Alphabet) -> List[OneSample]:
    """Return the lines that the alphabet covers; the others are counted on stderr, with their characters.

    Raises
    ------
    DatasetError : there are lines, but it covers none of them.
    """
    kept = [sample for sample in samples if alphabet.covers(sample.text)]
    if len(kept) < len(samples):
        unknown = sorted({c for sample in samples for c in alphabet.unknown(sample.text)})
        print(f"{len(samples) - len(kept)} of {len(samples)} lines are left out: "
              f"the alphabet lacks {' '.join(unknown)}", file=sys.stderr)
    if samples and not kept:
        raise DatasetError(f"The alphabet, {alphabet.characters!r}, can write none of the {len(samples)} lines. "
                           "Give data in a language that it has.")
    return kept


@dataclass(frozen=True)
class ScaledSample:
    """A line whose image is drawn `factor` times as wide as that of another one; it is a `Sample`."""

    sample: Sample
    factor: float
    text = property(attrgetter("sample.text"))
    page = property(attrgetter("sample.page"))
    source = property(attrgetter("sample.source"))
    writer = property(attrgetter("sample.writer"))

    @property
    def width(self) -> float:
        """Approximate width of the line image in pixels."""
        return self.sample.width * self.factor

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return the line image."""
        return scale_width(self.sample.draw(rng), self.factor)


def normalise_widths(samples: Sequence[Sample], character_width: float) -> List[Sample]:
    """Scale lines so that every writer's characters have one mean width in pixels; each page counts as one writer."""
    factors = np.ones(len(samples))
    for lines in by_page(samples):
        factors[lines] = scale_factor([samples[line].width for line in lines], [len(samples[line].text) for line in lines],
                                      character_width)
    return [ScaledSample(sample, float(factor)) for sample, factor in zip(samples, factors)]


def read_samples(read: Callable[[Sequence[np.ndarray]], List[Read]], samples: Sequence[LineSample]) -> List[Read]:
    """Read lines page by page; `read` maps the line images of a page to their readings."""
    found: Dict[int, Read] = {}
    for lines in by_page(samples):
        found.update(zip(lines, read([samples[line].line_image for line in lines])))
    return [found[index] for index in range(len(samples))]


def by_page(samples: Sequence[Sample]) -> List[List[int]]:
    """Group samples by the pages of their data sets: the indices of each page's."""
    pages: Dict[Tuple[str, str], List[int]] = {}
    for index, sample in enumerate(samples):
        pages.setdefault((sample.source, sample.page), []).append(index)
    return list(pages.values())
