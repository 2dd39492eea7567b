"""Compose whole pages of synthetic handwriting, with the ground truth: outline and text of each region, line and word."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Literal, Optional, Sequence, Tuple

import numpy as np

from ocr.images.augment_pages import move_page
from ocr.images.load import image_size
from ocr.images.rectify import turn
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Reading, Region, Word
from ocr.synthesis.fonts import PRINT, Face, faces_for
from ocr.synthesis.handwriting import WriterStyle, WordInk, random_writer, write_word
from ocr.synthesis.paper import PAPER_RULINGS, PaperRuling, add_ink, blank_paper, photograph, rule, scan
from ocr.synthesis.print import print_text


@dataclass(frozen=True)
class PageStyle:
    """What a page looks like; lengths are in pixels of the flat paper.

    Parameters
    ----------
    size : (height, width) of the paper.
    columns : 1 or 2 columns of handwriting.
    heading : printed at the top, empty for none.
    notice : printed below the heading in small letters, empty for none.
    footer : printed at the bottom, empty for none.
    ruling : of the paper.
    pitch : distance between lines of writing.
    view : the paper itself, a scan, or a photograph.
    turns : clockwise quarter turns of the final image.
    """

    size: Tuple[int, int] = (1754, 1240)
    columns: int = 1
    heading: str = ""
    notice: str = ""
    footer: str = ""
    ruling: PaperRuling = "lines"
    pitch: float = 58.0
    view: Literal["flat", "scan", "photo"] = "scan"
    turns: int = 0


@dataclass(frozen=True)
class SyntheticPage:
    """An image and its ground truth, in the image's pixels. Printed text is not part of the ground truth.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB.
    page : regions, lines and words with polygons and text, in reading order; the orientation is filled in.
    """

    pixels: np.ndarray = field(repr=False, compare=False)
    page: Page


def random_style(rng: np.random.Generator, heading: str = "", notice: str = "", footer: str = "") -> PageStyle:
    """Draw a style at random; the printed texts are used as given."""
    return PageStyle(
        columns=int(rng.choice((1, 1, 1, 2))), heading=heading, notice=notice, footer=footer,
        ruling=PAPER_RULINGS[int(rng.integers(len(PAPER_RULINGS)))], pitch=float(rng.uniform(46, 72)),
        view=("flat", "scan", "photo")[int(rng.integers(3))], turns=int(rng.choice((0, 0, 0, 1, 2, 3))))


def compose_page(seed: int, text: str, faces: Sequence[Face], style: Optional[PageStyle] = None,
                 writer: Optional[WriterStyle] = None, print_faces: Sequence[Face] = (PRINT,)) -> SyntheticPage:
    """Write a text on a page, as far as it fits.

    Parameters
    ----------
    seed : decides everything that is not given.
    text : paragraphs separated by empty lines, each a region; a line feed starts a new line, a form feed the
        next column. Empty for a page without writing (blank, or print only).
    faces : handwriting fonts to choose from; those that lack a character of the text are skipped.
    style, writer : how the page and the writing look; drawn at random where None.
    print_faces : fonts for what is printed.

    Raises
    ------
    InputError : no font has all characters, or the given writer's lacks some.
    """
    rng = np.random.default_rng(seed)
    style = style or random_style(rng)
    text = unicodedata.normalize("NFC", text)
    capable = faces_for(text, faces if writer is None else [writer.face])
    writer = writer or random_writer(capable, rng, style.pitch * float(rng.uniform(0.3, 0.38)))
    paper = blank_paper(style.size, rng)
    top = print_text(paper, style.heading, style.notice, style.footer, print_faces, rng)
    top = max(top + 0.9 * style.pitch, 0.07 * style.size[0] + style.pitch)
    rule(paper, style.ruling, style.pitch, top, rng)
    regions = _PageComposer(paper, writer, style, top, rng).write(text)
    pixels, transform = _view(paper, style, rng)
    return SyntheticPage(pixels, move_page(Page("", style.size, tuple(regions)), transform, image_size(pixels)))


class _PageComposer:
    """Fills a sheet of paper with lines of writing, column by column."""

    def __init__(self, paper: np.ndarray, writer: WriterStyle, style: PageStyle, top: float, rng: np.random.Generator):
        self.paper, self.writer, self.style, self.top, self.rng = paper, writer, style, top, rng
        height, width = style.size
        left, right = (0.13 if style.columns == 1 else 0.09) * width, 0.94 * width
        step = (right - left) / style.columns
        self.columns = [(left + index * step, left + (index + 1) * step - (0.05 * width if index + 1 < style.columns else 0))
                        for index in range(style.columns)]
        self.bottom = 0.93 * height

    def write(self, text: str) -> List[Region]:
        """Write all paragraphs, or as many as fit; a region ends where its paragraph or column does."""
        regions: List[Region] = []
        for column, part in enumerate(text.split("\f", len(self.columns) - 1)):
            last = column if "\f" in text else len(self.columns) - 1
            places = self._places(column, last)
            for paragraph in filter(None, (block.strip() for block in part.split("\n\n"))):
                regions += self._paragraph(paragraph, places, len(regions))
                next(places, None)                                              # an empty line
        return regions

    def _paragraph(self, paragraph: str, places: Iterator[Tuple[int, float]], count: int) -> List[Region]:
        """Write one paragraph; return a region for each column that it is in."""
        groups: Dict[int, List[Line]] = {}
        for text_line in paragraph.split("\n"):
            words = text_line.split()
            while words:
                place = next(places, None)
                if place is None:
                    break
                lines = groups.setdefault(place[0], [])
                line, words = self._line(words, place, f"r{count + len(groups)}l{len(lines) + 1}")
                lines.append(line)
        return [_region(lines, count + index + 1) for index, lines in enumerate(groups.values())]

    def _places(self, first: int, last: int) -> Iterator[Tuple[int, float]]:
        """Yield the column and baseline of each line to be written, from the first to the last column."""
        for column in range(first, last + 1):
            y = self.top
            while y < self.bottom:
                yield column, y
                y += self.style.pitch

    def _line(self, words: List[str], place: Tuple[int, float], name: str) -> Tuple[Line, List[str]]:
        """Write words until the line is full; return the line and the words that are left."""
        writer, rng, unit = self.writer, self.rng, self.writer.x_height
        (left, right), y = self.columns[place[0]], place[1] - (0.08 * unit if self.style.ruling != "none" else 0)
        x = left + abs(rng.normal(0, 1.5)) * writer.drift * unit
        slope = rng.normal(0, 0.02) * writer.drift * (1 if self.style.ruling != "none" else 3)
        y += rng.normal(0, 0.6) * writer.drift * unit
        start = (x, y)
        written: List[Word] = []
        for text in words:
            word = write_word(writer, text, rng)
            if written and x + word.advance > right + 0.4 * unit:
                break
            at = (x, y + slope * (x - start[0]) + rng.normal(0, 0.25) * writer.drift * unit)
            written.append(Word(f"{name}w{len(written) + 1}", Polygon.from_box(self._put(word, at)), (Reading(text),)))
            x += word.advance + unit * writer.word_gap * float(np.exp(rng.normal(0, 0.15)))
        end = max(word.polygon.box.right for word in written)
        baseline = (start, (end, y + slope * (end - start[0])))
        outline = _sloping_outline(written, start, slope)
        reading = Reading(" ".join(words[:len(written)]))
        return Line(name, outline, baseline, tuple(written), (reading,)), words[len(written):]

    def _put(self, word: WordInk, at: Tuple[float, float]) -> Box:
        """Put a word on the paper, its pen's start at a point, and return the box around its ink."""
        left, top = round(at[0] - word.origin[0]), round(at[1] - word.origin[1])
        add_ink(self.paper, word.ink, (left, top), self.writer.ink)
        return Box.from_xywh(left, top, word.ink.shape[1], word.ink.shape[0])


def _sloping_outline(words: Sequence[Word], start: Tuple[float, float], slope: float) -> Polygon:
    """Return the smallest four-cornered outline around words whose upper and lower side follow the line's slope."""
    boxes = [word.polygon.box for word in words]
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    fall = [slope * (box.centre[0] - left) for box in boxes]
    top = min(box.top - down for box, down in zip(boxes, fall))
    bottom = max(box.bottom - down for box, down in zip(boxes, fall))
    down = slope * (right - left)
    return Polygon(((left, top), (right, top + down), (right, bottom + down), (left, bottom)))


def _region(lines: Sequence[Line], number: int) -> Region:
    box = lines[0].polygon.box
    for line in lines[1:]:
        box = box.union(line.polygon.box)
    return Region(f"r{number}", Polygon.from_box(box), tuple(lines), kind="paragraph")


def _view(paper: np.ndarray, style: PageStyle, rng: np.random.Generator) -> Tuple[np.ndarray, Transform]:
    """Scan or photograph the paper, and rotate the image."""
    if style.view == "flat":
        pixels, transform = paper, Transform.quarter_turns(0, image_size(paper))
    else:
        pixels, transform = (scan if style.view == "scan" else photograph)(paper, rng)
    turning = Transform.quarter_turns(style.turns, image_size(pixels))
    return turn(pixels, style.turns), transform.then(turning)
