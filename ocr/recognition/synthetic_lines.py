"""Synthetic lines for training: pen strokes rendered anew in every batch, and running text rendered in fonts."""
from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ocr.datasets.corpus import Corpus
from ocr.datasets.held_out import HeldOut
from ocr.datasets.strokes import StrokeDataset, Strokes
from ocr.datasets.opening import PAGELESS, report
from ocr.errors import DatasetError, InputError
from ocr.recognition.samples import Sample, covered
from ocr.synthesis.font_lines import draw_text, expected_text_width
from ocr.synthesis.fonts import Face, find_faces
from ocr.synthesis.number_text import number_text
from ocr.synthesis.strokes import draw_strokes, expected_width
from ocr.text.alphabet import Alphabet

_TRIES = 20                 # attempts to find a usable piece of text
_NUMBERS = 0.15             # share of lines that are dates, prices, abbreviations and the like


@dataclass(frozen=True)
class PenSample:
    """A line rendered from pen strokes; see `Sample`."""

    text: str
    page: str
    source: str
    writer: str
    width: float
    height: int
    strokes: Strokes = field(repr=False)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return a new line image, (height, W) uint8, each time."""
        return draw_strokes(self.strokes, self.height, rng)


@dataclass(frozen=True)
class FontSample:
    """A line rendered in a font; see `Sample`."""

    text: str
    page: str
    source: str
    writer: str
    width: float
    height: int
    face: Face

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return a new line image, (height, W) uint8, each time."""
        return draw_text(self.text, (self.face,), self.height, rng)


@dataclass(frozen=True)
class FontLines:
    """Running text and the fonts to render it in: an endless source of lines.

    Parameters
    ----------
    corpus : the text.
    faces : the fonts.
    alphabet : pieces of text that it does not cover are skipped,
    held_out : and so are those that share words with these texts.
    height : rows of a line image.
    count : lines of an epoch.
    """

    corpus: Corpus
    faces: Tuple[Face, ...]
    alphabet: Alphabet
    held_out: HeldOut
    height: int
    count: int

    def draw(self, rng: np.random.Generator) -> List[Sample]:
        """Draw the lines of one epoch; fewer where usable pieces are rare."""
        lines = (self._line(rng) for _ in range(self.count))
        return [line for line in lines if line is not None]

    def _line(self, rng: np.random.Generator) -> Optional[FontSample]:
        for _ in range(_TRIES):
            text = number_text(rng) if rng.random() < _NUMBERS else self.corpus.piece(rng)
            face = self.faces[int(rng.integers(len(self.faces)))]
            if text and self.alphabet.covers(text) and face.covers(text) and not self.held_out.shares_words(text):
                width = expected_text_width(text, face, self.height)
                return FontSample(text, face.name, "text", face.name, width, self.height, face)
        return None


def split_data(data: Sequence[str]) -> Tuple[List[str], Dict[str, List[Path]]]:
    """Split data sets, KIND:DIR, into those with pages, and the files for synthetic lines by kind.

    Raises
    ------
    DatasetError : none has pages, which validation needs.
    """
    files_by_kind = {kind: [Path(spec[len(kind) + 1:]).expanduser() for spec in data if spec.startswith(f"{kind}:")]
            for kind in PAGELESS}
    pages = [spec for spec in data if spec.partition(":")[0] not in PAGELESS]
    if not pages:
        raise DatasetError(f"{', '.join(data)}: holds no pages to validate on. Add an iam:DIR, alto:DIR or page:DIR.")
    return pages, files_by_kind


def load_synthetic_lines(files_by_kind: Mapping[str, Sequence[Path]], alphabet: Alphabet, height: int, validation: Sequence[Sample],
                         fonts: Optional[Path] = None, count: int = 0) -> Tuple[List[Sample], Optional[FontLines]]:
    """Read pen strokes and running text; what is wrong or left out is reported on stderr.

    Parameters
    ----------
    files_by_kind : files of each kind, from `split_data`.
    alphabet : lines that it does not cover are left out.
    height : rows of a line image.
    validation : lines that share four words in a row with what stands on the pages of these are left out.
    fonts : folder of .ttf or .otf files to render running text in.
    count : lines of running text per epoch.

    Returns
    -------
    The lines of pen strokes, and the source of lines in fonts, None without running text.

    Raises
    ------
    InputError : there is text without fonts, or fonts without text; or the folder holds no font.
    DatasetError : a file cannot be read, or next to nothing in it can be used.
    """
    pages: Dict[Tuple[str, str], List[str]] = {}
    for line in validation:
        pages.setdefault((line.source, line.page), []).append(line.text)
    held_out = HeldOut(" ".join(texts) for texts in pages.values())
    if bool(files_by_kind["text"]) != bool(fonts):
        raise InputError("Running text is written in fonts: give --data text:FILE and --fonts DIR together, or neither.")
    pens = [line for path in files_by_kind["strokes"] for line in _pen_lines(path, height, held_out)]
    if not fonts:
        return covered(pens, alphabet), None
    source = FontLines(Corpus(files_by_kind["text"]), find_faces(fonts), alphabet, held_out, height, count)
    _survey(source, ", ".join(map(str, files_by_kind["text"])))
    return covered(pens, alphabet), source


def _pen_lines(path: Path, height: int, held_out: HeldOut) -> List[PenSample]:
    dataset = StrokeDataset(path)
    for message in report(dataset):
        print(message, file=sys.stderr)
    kept = [line for line in dataset.lines if not held_out.shares_words(line.text)]
    print(f"{path}: {len(kept)} lines of pen strokes; {len(dataset.lines) - len(kept)} more are left out, which share "
          "four words in a row with validation pages", file=sys.stderr)
    return [PenSample(line.text, line.id, dataset.name, line.id, expected_width(line.strokes, height), height, line.strokes)
            for line in kept]


def _survey(lines: FontLines, name: str, looked_at: int = 2000) -> None:
    """Report which share of the pieces of a text will be skipped, and why."""
    for problem in lines.corpus.problems:
        print(problem, file=sys.stderr)
    rng = np.random.default_rng(0)
    pieces = [lines.corpus.piece(rng) for _ in range(looked_at)]
    written = [piece for piece in pieces if lines.alphabet.covers(piece)]
    shared = sum(map(lines.held_out.shares_words, written))
    print(f"{name}: {lines.corpus.words} words, {len(lines.faces)} fonts, {lines.count} lines an epoch; of {looked_at} "
          f"pieces, {looked_at - len(written)} have letters that the alphabet lacks, and {shared} share four words in a row "
          "with validation pages: such are left out", file=sys.stderr)
    if len(written) - shared < looked_at // 10:
        unknown = sorted({letter for piece in pieces for letter in lines.alphabet.unknown(piece)})
        raise DatasetError(f"{name}: no more than {len(written) - shared} of {looked_at} pieces can be learned from. "
                           f"The alphabet lacks {' '.join(unknown[:40])}. Give text in its letters.")
