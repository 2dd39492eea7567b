"""Synthetic pages without handwriting: print and typewriting, tables, forms, ruled paper, images, or nothing at all.

Shapes: H x W pixels, uint8 grey, black ink on white paper.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Sequence, Tuple, cast

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts",
                 "/System/Library/Fonts", "C:/Windows/Fonts")
_NOT_PRINT = re.compile("script|hand|cursive|brush|chancery|comic|calli|symbol|ding|emoji|math", re.IGNORECASE)
_TYPEWRITER = re.compile("typewriter|courier|cutive|elite|cousine|anonymous|xanh|prestige|nimbusmono", re.IGNORECASE)
_TYPED = 0.15               # share of the pages that are typewritten all over, where there are fonts for it
_FEW_WORDS = ("Name", "Date", "of", "the", "and", "Place", "Total", "No.", "Address", "1984", "36", "Form")


@dataclass(frozen=True)
class PrintedPage:
    """A synthetic page, (H, W) uint8 grey, and where its text stands, (H, W) uint8 each: 255 on lines of text, else 0."""

    pixels: np.ndarray
    typed: np.ndarray
    printed: np.ndarray


def blank(size: Tuple[int, int]) -> PrintedPage:
    """Return an empty page of (height, width)."""
    return PrintedPage(np.full(size, 255, np.uint8), np.zeros(size, np.uint8), np.zeros(size, np.uint8))


class _TextPen(ImageDraw.ImageDraw):
    """A pen that marks where it writes text, in one mask for typewriter fonts and one for others."""

    def __init__(self, image: Image.Image):
        super().__init__(image)
        self.masks = tuple(Image.new("L", image.size, 0) for _ in range(2))

    def text(self, xy: Any, text: Any, *arguments: Any, **options: Any) -> None:  # noqa: D102 - as in Pillow
        super().text(xy, text, *arguments, **options)
        font = options["font"]
        if text.strip():
            box = self.textbbox(xy, text, font=font)
            top = min(box[1], xy[1] + 0.25 * font.size)                             # a line of small letters is no lower
            bottom = max(box[3], xy[1] + font.size)
            ImageDraw.Draw(self.masks[not is_typewriter(font)]).rectangle((box[0], top, box[2], bottom), fill=255)


def is_typewriter(font: ImageFont.FreeTypeFont) -> bool:
    """Tell by its name whether a font looks typewritten."""
    return bool(_TYPEWRITER.search(Path(str(font.path)).name if isinstance(font.path, (str, Path)) else ""))


class Printer:
    """Draws synthetic printed and typewritten pages.

    Parameters
    ----------
    texts : running text to take words from; without any, a few built-in words are used.
    fonts : font files; by default the system's fonts that are not handwriting, and Pillow's own.
    """

    def __init__(self, texts: Sequence[str] = (), fonts: Sequence[Path] = ()):
        self._words = [word for text in texts for word in text.split()] or list(_FEW_WORDS)
        self._fonts = list(fonts) or machine_fonts()
        self._typewriters = [path for path in self._fonts if _TYPEWRITER.search(path.name)]

    def draw(self, rng: np.random.Generator, size: Tuple[int, int], few: bool = False) -> PrintedPage:
        """Draw one page of (height, width): one in six is blank or ruled, the others hold print, some narrow or wide.

        Parameters
        ----------
        few : whether the page holds a heading or a few lines and nothing else, on plain or ruled paper.
        """
        stretch = float(np.exp(rng.uniform(-0.4, 0.3))) if rng.random() < 0.3 else 1.0
        fonts = self._typewriters if self._typewriters and rng.random() < _TYPED else self._fonts
        drawn = (self._draw_few if few else self._draw)(rng, (size[0], round(size[1] / stretch)), fonts)
        page, typed, printed = (cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA if stretch < 1 else cv2.INTER_CUBIC)
                                for image in drawn)
        return PrintedPage(_photocopy(page, rng) if rng.random() < 0.25 else page, typed, printed)

    def _draw(self, rng: np.random.Generator, size: Tuple[int, int], fonts: Sequence[Path]) -> Tuple[np.ndarray, ...]:
        """Draw a page, its mask of typewriting, and its mask of print."""
        height, width = size
        page = Image.new("L", (width, height), 255)
        pen = _TextPen(page)
        if rng.random() < 1 / 6:
            if rng.random() < 0.6:
                _rule_paper(pen, rng, size)
            return tuple(map(np.array, (page, *pen.masks)))
        margin = int(width * rng.uniform(0.03, 0.14))
        columns = 2 if rng.random() < 0.25 else 1
        gutter = int(width * rng.uniform(0.02, 0.06))
        column = (width - 2 * margin - gutter * (columns - 1)) // columns
        bottom = height * (1 if rng.random() < 0.6 else rng.uniform(0.15, 0.9))
        for index in range(columns):
            self._fill(pen, rng, (margin + index * (column + gutter), int(height * rng.uniform(0.02, 0.1))),
                       column, int(bottom), fonts)
        if rng.random() < 0.15:
            _draw_figure(page, rng)
        return tuple(map(np.array, (page, *pen.masks)))

    def _draw_few(self, rng: np.random.Generator, size: Tuple[int, int], fonts: Sequence[Path]) -> Tuple[np.ndarray, ...]:
        """Draw a page with a heading or a few lines, its mask of typewriting, and its mask of print."""
        height, width = size
        page = Image.new("L", (width, height), 255)
        if rng.random() < 0.5:
            _rule_paper(ImageDraw.Draw(page), rng, size)
        pen, font = _TextPen(page), _font(rng, int(rng.uniform(8, 19)), fonts)
        left, top = int(width * rng.uniform(0.03, 0.4)), int(height * rng.uniform(0.02, 0.85))
        blocks = ((self._heading, self._paragraph), (self._heading,), (self._paragraph,))[int(rng.integers(3))]
        for block in blocks:
            top = block(pen, rng, (left, top), int((width - left) * rng.uniform(0.4, 0.98)), font) + int(font.size * rng.uniform(0.2, 3))
        return tuple(map(np.array, (page, *pen.masks)))

    def _fill(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
              bottom: int, fonts: Sequence[Path]) -> None:
        """Draw blocks one below the other."""
        left, top = start
        blocks = (self._paragraph, self._paragraph, self._heading, self._form, self._table, self._boxes, self._figures,
                  _draw_rule)
        points = int(rng.uniform(9, 19))
        font = _font(rng, points, fonts)
        while top < bottom - points:
            block = blocks[rng.integers(len(blocks))]
            if rng.random() < 0.25:
                font = _font(rng, points, fonts)
            top = block(pen, rng, (left, top), width, font) + int(points * rng.uniform(0.3, 3.0))

    def _text(self, rng: np.random.Generator, count: int) -> str:
        start = int(rng.integers(max(len(self._words) - count, 1)))
        return " ".join(self._words[start:start + count])

    def _paragraph(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
                   font: ImageFont.FreeTypeFont) -> int:
        """Draw lines of text, cut off at the column's width; return the row below."""
        left, top = start
        step = int(font.size * rng.uniform(1.1, 1.7))
        for _ in range(int(rng.integers(1, 14))):
            text = self._text(rng, 30)
            while len(text) > 1 and pen.textlength(text, font=font) > width:
                text = text[:int(len(text) * min(0.97, width / pen.textlength(text, font=font)))]
            pen.text((left, top), text, fill=int(rng.integers(0, 60)), font=font)
            top += step
        return top

    def _heading(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
                 font: ImageFont.FreeTypeFont) -> int:
        large = font.font_variant(size=int(font.size * rng.uniform(1.2, 2.6)))
        text = self._text(rng, int(rng.integers(1, 5)))
        room = max(width - int(pen.textlength(text, font=large)), 1)
        pen.text((start[0] + int(rng.integers(room)), start[1]), text, fill=0, font=large)
        return start[1] + int(large.size * 1.3)

    def _form(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
              font: ImageFont.FreeTypeFont) -> int:
        """Draw words followed by rules to write on."""
        left, top = start
        for _ in range(int(rng.integers(1, 6))):
            text = self._text(rng, int(rng.integers(1, 4)))
            pen.text((left, top), text, fill=0, font=font)
            end = left + min(pen.textlength(text, font=font) + 6, width)
            base = top + int(font.size)
            stop = max(left + width * rng.uniform(0.5, 1), end)
            pen.line([(end, base), (stop, base)], fill=int(rng.integers(0, 150)))
            top += int(font.size * rng.uniform(1.6, 3))
        return top

    def _table(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
               font: ImageFont.FreeTypeFont) -> int:
        left, top = start
        rows, columns = int(rng.integers(2, 8)), int(rng.integers(2, 6))
        high, wide = int(font.size * rng.uniform(1.3, 2.5)), width // columns
        for row in range(rows + 1):
            pen.line([(left, top + row * high), (left + columns * wide, top + row * high)], fill=60)
        for column in range(columns + 1):
            pen.line([(left + column * wide, top), (left + column * wide, top + rows * high)], fill=60)
        for cell in range(rows * columns):
            if rng.random() < 0.7:
                place = (left + cell % columns * wide + 3, top + cell // columns * high + 2)
                pen.text(place, self._text(rng, 1), fill=0, font=font)
        return top + rows * high

    def _boxes(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
               font: ImageFont.FreeTypeFont) -> int:
        """Draw a list with a box to tick, or another mark, before each entry."""
        left, top = start
        mark = ("( )", "[  ]", "\u25a1", "o", "-", "\u2022", "1.")[rng.integers(7)]
        for _ in range(int(rng.integers(2, 9))):
            pen.text((left, top), mark, fill=0, font=font)
            pen.text((left + int(2.5 * font.size), top), self._text(rng, int(rng.integers(1, 6))), fill=20, font=font)
            top += int(font.size * rng.uniform(1.2, 2.4))
        return top

    def _figures(self, pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
                 font: ImageFont.FreeTypeFont) -> int:
        """Draw columns of figures without rules around them, some underlined, some with leader dots."""
        left, top = start
        columns = int(rng.integers(1, 2 + min(5, width // int(7 * font.size))))
        dots, underlined = rng.random() < 0.4, rng.random() < 0.4
        for _ in range(int(rng.integers(2, 12))):
            name = self._text(rng, int(rng.integers(1, 3)))[:16]
            pen.text((left, top), name + (" ." * 40 if dots else ""), fill=20, font=font)
            for column in range(columns):
                at = left + width * (0.4 + 0.6 * column / columns)
                figure = f"{rng.uniform(0, 10 ** rng.integers(1, 5)):.{rng.integers(3)}f}"
                end = pen.textlength(figure, font=font)
                pen.rectangle([(at - 3, top), (at + end + 3, top + font.size)], fill=255)
                pen.text((at, top), figure, fill=0, font=font)
                if underlined:
                    pen.line([(at, top + font.size), (at + end, top + font.size)], fill=0)
            top += int(font.size * rng.uniform(1.15, 1.3))
        return top


def _font(rng: np.random.Generator, points: int, fonts: Sequence[Path]) -> ImageFont.FreeTypeFont:
    choice = int(rng.integers(len(fonts) + 1))
    if not fonts or choice == len(fonts) and not all(_TYPEWRITER.search(path.name) for path in fonts):
        return cast(ImageFont.FreeTypeFont, ImageFont.load_default(points))      # which it is where a size is given
    return ImageFont.truetype(str(fonts[min(choice, len(fonts) - 1)]), points)


def machine_fonts() -> List[Path]:
    """List the TrueType and OpenType fonts of this machine that are print fonts, judging by their names."""
    found = []
    for folder in map(Path, _FONT_FOLDERS):
        folder = folder.expanduser()
        if folder.is_dir():
            found += [path for path in sorted(folder.rglob("*.[to]tf")) if not _NOT_PRINT.search(path.name)]
    return [path for path in found if _has_latin(path)]


def _has_latin(path: Path) -> bool:
    try:
        font = ImageFont.truetype(str(path), 16)
        return font.getlength("a") > 0 and bytes(font.getmask("a")) != bytes(font.getmask("\u0378"))
    except OSError:
        return False


def _draw_rule(pen: ImageDraw.ImageDraw, rng: np.random.Generator, start: Tuple[int, int], width: int,
               font: ImageFont.FreeTypeFont) -> int:
    thickness = int(rng.integers(1, 4))
    pen.line([start, (start[0] + int(width * rng.uniform(0.3, 1)), start[1])], fill=int(rng.integers(0, 150)),
             width=thickness)
    return start[1] + thickness


def _photocopy(page: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Roughen print as a typewriter or a bad copy does: black letters with eroded or blurred edges."""
    noise = cv2.GaussianBlur(rng.standard_normal(page.shape, dtype=np.float32), (0, 0), rng.uniform(0.6, 1.2))
    level = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 0.9)) + noise * np.float32(rng.uniform(20, 90))
    return np.where(level < rng.uniform(150, 215), 0, 255).astype(np.uint8)


def _rule_paper(pen: ImageDraw.ImageDraw, rng: np.random.Generator, size: Tuple[int, int]) -> None:
    """Rule a page to write on: lines, sometimes squares, sometimes a margin line."""
    height, width = size
    step, grey = float(rng.uniform(14, 45)), int(rng.integers(90, 225))
    for row in np.arange(height * rng.uniform(0.02, 0.15), height, step):
        pen.line([(0, row), (width, row)], fill=grey)
    if rng.random() < 0.3:
        for column in np.arange(step / 2, width, step):
            pen.line([(column, 0), (column, height)], fill=grey)
    if rng.random() < 0.4:
        column = width * rng.uniform(0.06, 0.2)
        pen.line([(column, 0), (column, height)], fill=int(rng.integers(60, 200)))


def _draw_figure(page: Image.Image, rng: np.random.Generator) -> None:
    """Put an image on the page: soft shapes with some grain."""
    width, height = (int(side * rng.uniform(0.15, 0.5)) for side in page.size)
    shapes = cv2.resize(rng.uniform(0, 255, tuple(rng.integers(2, 12, 2))).astype(np.float32), (width, height),
                        interpolation=cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_NEAREST)
    figure = np.clip(shapes + rng.normal(0, 12, (height, width)), 0, 255).astype(np.uint8)
    left, top = (int(rng.integers(max(room, 1))) for room in (page.size[0] - width, page.size[1] - height))
    page.paste(Image.fromarray(figure), (left, top))
