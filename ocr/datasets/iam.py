"""Ground truth from the IAM Handwriting Database in its own layout: ascii lists, forms, or images of single lines.

    ascii/forms.txt  ascii/lines.txt  ascii/words.txt
    xml/a01-000u.xml             read where ascii/ is missing
    forms*/**/a01-000u.png       the scanned forms; the boxes in ascii/ are in pixels of these
    lines/**/a01-000u-00.png     images of single lines, used for forms whose own image is missing
    words/**/a01-000u-00-00.png  images of single words, used where there is no image of the form or its lines
    splits/train.txt, ...        lists of forms (or of lines): the Aachen split, or any other
"""
from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Dict, List, Sequence, Set

from ocr.datasets.iam_lists import IamLine, IamLists, IamWord, read_lists
from ocr.datasets.iam_text import NaturalLine, QuoteState, natural_line
from ocr.datasets.iam_xml import read_xml_forms
from ocr.datasets.splits import Splits
from ocr.datasets.ground_truth import IMAGE_SUFFIXES, GroundTruthPage, image_size
from ocr.errors import DatasetError
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Word


class IamDataset:
    """IAM forms with their lines and words.

    Parameters
    ----------
    folder : the folder that holds ascii/ and forms*/.

    Attributes
    ----------
    name : "iam".
    missing : forms requested so far that have no image, neither of the form nor of its lines or words.
    problems : other problems found so far, one line each, with the file's name.

    Raises
    ------
    DatasetError : the folder or its lists are missing or malformed.
    """

    name = "iam"

    def __init__(self, folder: Path):
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise DatasetError(f"{self._folder} is not a folder. Name the one that holds IAM's ascii/ and forms/.")
        self._lists = _read(self._folder)
        self._forms = _images(self._folder, "forms*")
        self._line_image_files = {**_images(self._folder, "words"), **_images(self._folder, "lines")}
        if not self._forms and not self._line_image_files:
            raise DatasetError(f"{self._folder} holds no images in forms*/, lines/ or words/. "
                               "Unpack IAM's forms*.tgz there.")
        self._splits = Splits(self._folder, list(self._lists.lines))
        self.missing: List[str] = []
        self.problems: List[str] = list(self._lists.problems)

    def pages(self, split: str) -> List[GroundTruthPage]:
        """Return the pages of a split (train, validation, test, all, or a list file), in the list's order."""
        found: List[GroundTruthPage] = []
        problems: List[str] = []
        for form in self._splits.names(split, problems):
            try:
                pages = self._form(form)
            except DatasetError as error:
                problems.append(str(error))
                continue
            found += pages
            if not pages and form not in self.missing:
                self.missing.append(form)
        self.problems = list(dict.fromkeys(problems + self.problems))
        return found

    def _form(self, form: str) -> List[GroundTruthPage]:
        writer = self._lists.writers.get(form, form)
        doubtful: Set[str] = set()
        lines = self._natural_lines(form, doubtful)
        if form in self._forms:
            page, image = _page(self._forms[form], form, lines), self._forms[form]
            return [GroundTruthPage(page, image, writer, form, frozenset(doubtful))]
        single = [line for line in lines if line.id in self._line_image_files] or self._word_lines(form, doubtful)
        return [GroundTruthPage(_line_page(self._line_image_files[line.id], line), self._line_image_files[line.id], writer, form,
                          frozenset(doubtful)) for line in single]

    def _word_lines(self, form: str, doubtful: Set[str]) -> List[Line]:
        """Make a line of each word that has an image; a word here is one of IAM's tokens."""
        tokens = [token for row in self._lists.lines[form] for token in self._lists.words.get(row.id, ())
                  if token.id in self._line_image_files]
        doubtful.update(token.id for token in tokens if token.doubtful)
        words = [Word(token.id, Polygon.from_box(token.box), (Reading(natural_line((token.token,)).text),))
                 for token in tokens]
        return [Line(word.id, word.polygon, words=(word,), readings=word.readings) for word in words]

    def _natural_lines(self, form: str, doubtful: Set[str]) -> List[Line]:
        state = QuoteState()
        lines: List[Line] = []
        for row in self._lists.lines[form]:
            words = {word.index: word for word in self._lists.words.get(row.id, ())
                     if word.index < len(row.tokens) and word.token == row.tokens[word.index]}
            natural = natural_line(row.tokens, state, {index: word.tag for index, word in words.items()})
            state = natural.state
            lines.append(_line(row, natural, words, doubtful))
        return lines


def _read(folder: Path) -> IamLists:
    if not (folder / "ascii").is_dir() and (folder / "xml").is_dir():
        return read_xml_forms(folder / "xml")
    return read_lists(folder / "ascii")


def _line(row: IamLine, natural: NaturalLine, words: Dict[int, IamWord], doubtful: Set[str]) -> Line:
    """Make a line. Words with a part whose box IAM lacks are left out: compare with the text's word count.

    Words with a part that IAM marks as doubtful are added to `doubtful`.
    """
    boxed = []
    for text, tokens in zip(natural.words, natural.tokens):
        parts = [words[index] for index in tokens if index in words and words[index].box.area > 0]
        if len(parts) == len(tokens):
            outline = Polygon.from_box(reduce(Box.union, (part.box for part in parts)))
            boxed.append(Word(parts[0].id, outline, (Reading(text),)))
            if any(part.doubtful for part in parts):
                doubtful.add(parts[0].id)
    return Line(row.id, Polygon.from_box(row.box), words=tuple(boxed), readings=(Reading(natural.text),))


def _page(path: Path, form: str, lines: Sequence[Line]) -> Page:
    size = image_size(path)
    box = reduce(Box.union, (line.polygon.box for line in lines))
    if box.right > size[1] + 1 or box.bottom > size[0] + 1:
        raise DatasetError(f"{path}: lines reach to ({box.right:.0f}, {box.bottom:.0f}), outside the image of "
                           f"{size[1]} x {size[0]} pixels. Are the boxes in ascii/ those of this scan?")
    region = Region(f"{form}-text", Polygon.from_box(box), tuple(lines), "paragraph")
    return Page(path.name, size, (region,), language="en")


def _line_page(path: Path, line: Line) -> Page:
    """Make the page of an image that shows one line, or one word, and nothing else."""
    size = image_size(path)
    outline = Polygon.from_box(Box(0, 0, size[1], size[0]))
    words = tuple(replace(word, polygon=outline) for word in line.words if word.id == line.id)
    whole = Line(line.id, outline, words=words, readings=line.readings)
    return Page(path.name, size, (Region(f"{line.id}-text", outline, (whole,), "paragraph"),), language="en")


def _images(folder: Path, pattern: str) -> Dict[str, Path]:
    """Return images by stem in folders that match a pattern, at any depth."""
    return {path.stem: path for place in sorted(folder.glob(pattern)) for path in sorted(place.rglob("*"))
            if path.suffix.lower() in IMAGE_SUFFIXES}
