"""Safe parsing of untrusted XML (no DTD, no entities, no network, limited size), and what XML allows in text and ids."""
from __future__ import annotations

import math
import re
import unicodedata
from pathlib import Path
from typing import Callable, Dict, Iterable, Optional, Sequence, Set, Tuple, Union

from lxml import etree

from ocr.errors import PageFormatError
from ocr.page.geometry import Point, Polygon

MAX_BYTES = 64 * 2 ** 20
"""Size limit of a document in bytes; a densely written page with glyphs takes about 3 MB."""

_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LINE_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_NAME = re.compile("[^A-Za-z0-9_.\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0410-\u044f-]")
_NEEDS_ID = re.compile("(?:Text|[A-Z][A-Za-z]+(?=Region))?(Line|Word|Glyph|Region)")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")       # takes no quadratic time
_MAX_POINTS = 500           # of an outline or baseline; of longer ones every n-th is kept
MAX_SIDE = 1_000_000        # of a page, in pixels
MAX_ID = 200                # characters
_MAX_PROBLEMS = 20          # of a document that are reported one by one


def parse_xml(path: Union[str, Path], max_bytes: int = MAX_BYTES) -> etree._Element:
    """Read an XML file and return its root element.

    Parameters
    ----------
    path : the file.
    max_bytes : size limit of the file.

    Raises
    ------
    PageFormatError : the file cannot be opened, is empty, too large, not well-formed, or holds a DTD.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise PageFormatError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(data) > max_bytes:
        raise PageFormatError(f"{path}: is larger than {max_bytes:,} bytes, the limit for the XML of one page.")
    return parse_xml_bytes(data, path)


def parse_xml_bytes(data: bytes, source: Union[str, Path]) -> etree._Element:
    """Parse XML and return its root element, its comments and processing instructions left out.

    Parameters
    ----------
    data : the document's bytes.
    source : the document's name in messages.

    Raises
    ------
    PageFormatError : the document is empty, not well-formed, or holds a DTD.
    """
    if not data.strip():
        raise PageFormatError(f"{source}: is empty; a PAGE-XML or ALTO document is expected.")
    refusal = (f"{source}: holds a document type or entity declaration, which is refused because it can be used to attack; "
               "remove it.")
    if _DOCTYPE.search(data.replace(b"\0", b"")):                         # also seen through UTF-16 and UTF-32
        raise PageFormatError(refusal)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PageFormatError(f"{source}: is not well-formed XML ({error}).") from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise PageFormatError(refusal)
    return root


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def one_line(text: Optional[str], separator: str = " ") -> str:
    """Return text in NFC with its ends stripped and every line break, also those of Unicode, replaced by one separator."""
    pieces = (piece.strip() for piece in _LINE_BREAKS.split(text or ""))
    return unicodedata.normalize("NFC", separator.join(piece for piece in pieces if piece))


def xml_text(text: str) -> str:
    """Return text with what XML forbids (control characters, lone surrogates) replaced by U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def written_line(text: str, separator: str = " ") -> str:
    """Return text as every document but JSON holds it: NFC, on one line, U+FFFD for what XML forbids; see `one_line`."""
    return xml_text(one_line(text, separator))


def number(text: Optional[str]) -> Optional[float]:
    """Return a finite number, or None where the text is missing or is not one."""
    match = _NUMBER.fullmatch((text or "").strip())
    value = float(match.group()) if match else math.nan
    return value if math.isfinite(value) else None


def confidence(text: Optional[str]) -> Optional[float]:
    """Return a confidence from 0 to 1, or None where the text is missing or is not one."""
    value = number(text)
    return value if value is not None and 0 <= value <= 1 else None


def confidence_text(value: Optional[float]) -> Optional[str]:
    """Return a confidence as text, clipped to 0 to 1 and rounded to four places; None where there is none."""
    if value is None or math.isnan(value):
        return None
    return f"{min(max(value, 0.0), 1.0):.4f}".rstrip("0").rstrip(".")


def points(text: str, where: str) -> Tuple[Point, ...]:
    """Read points of x, y, whether separated by commas or spaces.

    Parameters
    ----------
    text : "x,y x,y ..." or "x y x y ...".
    where : the file and element, for the message.

    Raises
    ------
    PageFormatError : something is not a number, or the last x has no y.
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    values = [value for value in map(number, parts) if value is not None]
    if len(values) < len(parts) or len(parts) % 2:
        raise PageFormatError(f"{where}: the points {text[:60]!r} are not pairs of numbers x,y.")
    return tuple(zip(values[::2], values[1::2]))


def inside(points: Sequence[Point], size: Tuple[int, int], where: str) -> Tuple[Point, ...]:
    """Return points moved inside the page; of very many, every n-th.

    Parameters
    ----------
    points : of an outline or a baseline, in pixels.
    size : (height, width) of the page.
    where : the file and element, for the message.

    Raises
    ------
    PageFormatError : a point is further outside the page than the page is wide or high, or all are beyond one of its sides.
    """
    step = math.ceil(len(points) / _MAX_POINTS)
    points = (*points[::step], points[-1]) if step > 1 else points
    for axis, side in ((0, size[1]), (1, size[0])):
        values = [point[axis] for point in points]
        if values and (min(values) < -side or max(values) > 2 * side or min(values) >= side or max(values) <= 0):
            raise PageFormatError(f"{where}: {'xy'[axis]} is from {min(values):g} to {max(values):g}, outside the page of "
                                  f"{size[1]} x {size[0]} pixels.")
    return tuple((min(max(x, 0.0), float(size[1])), min(max(y, 0.0), float(size[0]))) for x, y in points)


def outline(corners: Iterable[Point]) -> Optional[Polygon]:
    """Return the polygon through points; None where there are none, or all are the same.

    Two points, or points on one horizontal or vertical line, become a box at least one pixel thick.
    """
    corners = tuple(corners)
    if len(set(corners)) < 2:
        return None
    xs, ys = zip(*corners)
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    if len(corners) >= 3 and right > left and bottom > top:
        return Polygon(corners)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    return Polygon(((left, top), (right, top), (right, bottom), (left, bottom)))


def hull_box(polygons: Iterable[Polygon]) -> Optional[Polygon]:
    """Return the outline of the smallest box around polygons, or None where there are none."""
    return outline(point for polygon in polygons for point in polygon.points)


def band(baseline: Tuple[Point, ...], height: float, size: Tuple[int, int]) -> Optional[Polygon]:
    """Return the outline of the writing on a baseline: two thirds of the height above it, one third below.

    Parameters
    ----------
    baseline : points of x, y in reading direction; fewer than two give None.
    height : of the writing, in pixels.
    size : (height, width) of the page, outside which the outline does not reach.
    """
    if len(set(baseline)) < 2:
        return None
    (x0, y0), (x1, y1) = baseline[0], baseline[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    up_x, up_y = (y1 - y0) / length * height, -(x1 - x0) / length * height         # perpendicular to the baseline
    above = [(x + up_x * 2 / 3, y + up_y * 2 / 3) for x, y in baseline]
    below = [(x - up_x / 3, y - up_y / 3) for x, y in reversed(baseline)]
    found = outline(above + below)
    return found and found.clip(size)


def report_problems(problems: Sequence[str], source: str, report: Callable[[str], object]) -> None:
    """Report what is wrong with a document; of very many problems, the first ones and their number."""
    for problem in problems[:_MAX_PROBLEMS]:
        report(problem)
    if len(problems) > _MAX_PROBLEMS:
        report(f"{source}: and {len(problems) - _MAX_PROBLEMS} more problems")


class UniqueIds:
    """Gives each element of a document a unique id that is valid in XML."""

    def __init__(self, taken: Iterable[str] = ()):
        self._taken: Set[str] = set(taken)
        self._counts: Dict[str, int] = {}                       # of each stem, so that many equal ids take no quadratic time

    def claim(self, preferred: Optional[str], otherwise: str = "id") -> str:
        """Return an id that has not been claimed before.

        Parameters
        ----------
        preferred : the present id; kept where it is valid, free and not very long.
        otherwise : the id to start from where there is none.
        """
        stem = _NOT_IN_NAME.sub("_", ((preferred or "").strip() or otherwise)[:MAX_ID])
        stem = stem if stem[0].isalpha() or stem[0] == "_" else f"_{stem}"
        name = stem
        while name in self._taken:
            self._counts[stem] = self._counts.get(stem, 1) + 1
            name = f"{stem}_{self._counts[stem]}"
        self._taken.add(name)
        return name


def unify_ids(root: etree._Element) -> None:
    """Make every id of a document valid and unique, in place, and update references.

    Of elements that share an id the first keeps it. Elements of PAGE that lack a required id are given one.
    """
    ids = UniqueIds()
    renamed: Dict[str, str] = {}
    for element in root.iter(etree.Element):
        for name in ("pcGtsId", "id"):
            if element.get(name) is not None:
                old = element.get(name)
                element.set(name, ids.claim(old))
                renamed.setdefault(old, element.get(name))
    counts: Dict[str, int] = {}
    for element in root.iter(etree.Element):
        kind = _NEEDS_ID.fullmatch(local_name(element))
        if kind and element.get("id") is None:
            stem = kind.group(1).lower()
            counts[stem] = counts.get(stem, 0) + 1
            element.set("id", ids.claim(None, f"{stem}_{counts[stem]}"))
        if element.get("regionRef") is not None:
            element.set("regionRef", renamed.get(element.get("regionRef"), element.get("regionRef")))
