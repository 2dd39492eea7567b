"""A page of a PDF as it is, with the recognised text under it, invisible."""
from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Sequence, Tuple

import pikepdf
from pikepdf import Array, Dictionary, Name

from ocr.errors import ImageError
from ocr.page.model import Page
from ocr.formats.pdf.font import InvisibleFont
from ocr.formats.pdf.text import text_layer, to_points


@dataclass(frozen=True)
class _View:
    """The part of a PDF page that is shown.

    Parameters
    ----------
    left, bottom, right, top : in units of the page, before it is rotated.
    unit : points in a unit.
    turns : clockwise quarter turns with which it is shown.
    """

    left: float
    bottom: float
    right: float
    top: float
    unit: float
    turns: int

    @classmethod
    def of(cls, page: pikepdf.Page) -> _View:
        boxes = []
        for name in ("/MediaBox", "/CropBox"):
            box = [float(side) for side in page.obj.get(name, page.mediabox)]
            boxes.append((min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])))
        (left, bottom, right, top), crop = boxes
        if max(left, crop[0]) < min(right, crop[2]) and max(bottom, crop[1]) < min(top, crop[3]):
            left, bottom, right, top = max(left, crop[0]), max(bottom, crop[1]), min(right, crop[2]), min(top, crop[3])
        return cls(left, bottom, right, top, float(page.obj.get("/UserUnit", 1)), int(page.obj.get("/Rotate", 0)) // 90 % 4)

    def size(self, turns: int) -> Tuple[float, float]:
        """Return the (height, width) in points after so many quarter turns."""
        size = (self.top - self.bottom) * self.unit, (self.right - self.left) * self.unit
        return size if turns % 2 == 0 else size[::-1]

    def matrix(self, turns: int) -> Tuple[float, ...]:
        """Return the matrix from points of the page as it is shown after so many quarter turns, y upwards, to its units."""
        scale = 1 / self.unit
        return ((scale, 0.0, 0.0, scale, self.left, self.bottom), (0.0, scale, -scale, 0.0, self.right, self.bottom),
                (-scale, 0.0, 0.0, -scale, self.right, self.top), (0.0, -scale, scale, 0.0, self.left, self.top))[turns % 4]


def add_original(document: pikepdf.Pdf, source: pikepdf.Pdf, path: Path, page: Page, font: InvisibleFont) -> pikepdf.Object:
    """Append the page of a PDF to a document, upright, and write its text under it.

    Parameters
    ----------
    source : stays open until the document is saved.
    path : of its file, for messages.

    Returns
    -------
    The resources of the text; the fonts are still to be put there.

    Raises
    ------
    ImageError : it has no such page.
    """
    if page.frame >= len(source.pages):
        raise ImageError(f"{path}: has no page {page.frame + 1}; it has {len(source.pages)}.")
    document.pages.append(source.pages[page.frame])
    added = document.pages[-1]
    view = _View.of(added)
    turns = view.turns + page.orientation
    size = view.size(turns)
    text = text_layer(page, to_points(page, view.size(view.turns)), size, font)
    height, width = size
    form = pikepdf.Stream(document, text, Dictionary(
        Type=Name.XObject, Subtype=Name.Form, BBox=Array([-width, -height, 2 * width, 2 * height]), Resources=Dictionary()))
    objects = _subdictionary(_subdictionary(added.obj, "/Resources"), "/XObject")
    name = next(name for name in map("/OcrText{}".format, count()) if name not in objects)
    objects[name] = document.make_indirect(form)
    matrix = " ".join(f"{value:.6g}" for value in view.matrix(turns))
    added.contents_add(document.make_stream(f"q {matrix} cm {name} Do Q\n".encode("ascii")), prepend=True)
    added.obj.Rotate = turns % 4 * 90
    _adopt_catalogue(document, source, added)
    return form.Resources


def _subdictionary(owner: pikepdf.Object, name: str) -> pikepdf.Object:
    if name not in owner:
        owner[name] = Dictionary()
    return owner[name]


def _adopt_catalogue(document: pikepdf.Pdf, source: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Copy what is shown on a page and lies outside of it: its layers, and the form that its fields belong to."""
    _copy(document, source, source.Root, document.Root, ("/OCProperties", "/OutputIntents"))
    fields = [note for note in page.obj.get("/Annots", ()) if note.get("/Subtype") == Name.Widget]
    if fields and "/AcroForm" in source.Root:
        form = _subdictionary(document.Root, "/AcroForm")
        _copy(document, source, source.Root.AcroForm, form, ("/DR", "/DA"))
        roots = {field.objgen: field for field in [*form.get("/Fields", ()), *map(_root, fields)]}
        form.Fields = Array(list(roots.values()))


def _copy(document: pikepdf.Pdf, source: pikepdf.Pdf, given: pikepdf.Object, taker: pikepdf.Object, keys: Sequence[str]) -> None:
    for key in keys:
        if key in given and key not in taker:
            taker[key] = document.copy_foreign(source.make_indirect(given[key]))


def _root(field: pikepdf.Object) -> pikepdf.Object:
    """Return the field of a form that a part of it belongs to."""
    seen = set()
    while "/Parent" in field and field.objgen not in seen:
        seen.add(field.objgen)
        field = field.Parent
    return field
