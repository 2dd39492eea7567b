"""Pages of PDF files that are read: the very ones, as large as they were, upright, with the text where it is written."""
from __future__ import annotations

import ctypes
import re
from io import BytesIO

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from ocr.errors import ImageError
from ocr.formats.pdf.document import pdf_bytes
from ocr.images.load import read_frame
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Reading, Region, Sheet, Word

WORDS = (("upper", Box(0.1, 0.1, 0.4, 0.14)), ("lower", Box(0.5, 0.8, 0.8, 0.84)))          # shares of the upright page


def make_pdf(path, box=(0, 0, 300, 400), content=b"", **entries):
    """A page with a red corner at the top left, before it is rotated, and a JPEG."""
    left, bottom, right, top = box
    picture = BytesIO()
    Image.new("L", (16, 16), 128).save(picture, "JPEG")
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(300, 400))
        page.obj.MediaBox = Array(list(box))
        for name, value in entries.items():
            page.obj[f"/{name}"] = value
        image = pikepdf.Stream(document, picture.getvalue(), Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Filter=Name.DCTDecode, Width=16, Height=16, BitsPerComponent=8,
            ColorSpace=Name.DeviceGray))
        page.obj.Resources = Dictionary(XObject=Dictionary({"/OcrText0": image}))
        width, height = right - left, top - bottom
        page.obj.Contents = document.make_stream(
            f"1 0 0 rg {left} {top - height / 10} {width / 10} {height / 10} re f "
            f"q {width / 4} 0 0 {height / 4} {left + width / 3} {bottom + height / 3} cm /OcrText0 Do Q ".encode() + content)
        document.save(path)
    return path, picture.getvalue()


def sheet(path, orientation=0, frame=0):
    """A page of two words, each given by its place on the upright page."""
    size = read_frame(path, frame).pixels.shape[:2]
    upright = size if orientation % 2 == 0 else size[::-1]
    back = Transform.quarter_turns(orientation, size).inverse()
    lines = []
    for text, box in WORDS:
        outline = back.polygon(Polygon.from_box(Box(box.left * upright[1], box.top * upright[0], box.right * upright[1],
                                                    box.bottom * upright[0])))
        baseline = back.points(((box.left * upright[1], box.bottom * upright[0]), (box.right * upright[1], box.bottom * upright[0])))
        lines.append(Line(text, outline, baseline, (Word(text, outline, (Reading(text),)),), (Reading(text),)))
    page = Page(path.name, size, (Region("r", back.polygon(Polygon.from_box(Box(0, 0, *upright[::-1]))), tuple(lines)),),
                orientation=orientation, frame=frame)
    return Sheet(page, path)


def drawn(data, height, forms=False, number=0):
    document = pypdfium2.PdfDocument(data)
    if forms:
        document.init_forms()
    page = document[number]
    return np.asarray(page.render(scale=height / page.get_height()).to_pil().convert("RGB")).astype(int)


def shown(page, x, y):
    """Where a point of a page is shown, as shares of its width and height."""
    raw, across, down = pypdfium2.raw, ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, 10000, 10000, 0, x, y, across, down)
    return across.value / 10000, down.value / 10000


def check_words(data, number=0):
    page = pypdfium2.PdfDocument(data)[number]
    text = page.get_textpage()
    found = text.get_text_range()
    assert re.findall(r"\S+", found) == [word for word, _ in WORDS]
    for word, box in WORDS:
        boxes = [text.get_charbox(found.index(word) + index) for index in range(len(word))]
        corners = np.array([shown(page, *corner) for left, bottom, right, top in boxes for corner in ((left, bottom), (right, top))])
        sides = [*corners.min(axis=0), *corners.max(axis=0)]
        assert np.abs(np.array(sides) - [box.left, box.top, box.right, box.bottom]).max() < 0.02, word


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("entries", [{}, {"Rotate": 90}, {"Rotate": -90}, {"Rotate": 180}, {"CropBox": Array([30, 40, 270, 200])},
                                     {"CropBox": Array([-50, 350, 350, 500]), "Rotate": 270}])
def test_the_page_is_the_same_and_upright_and_its_text_in_place(tmp_path, turns, entries):
    path, picture = make_pdf(tmp_path / "in.pdf", **entries)
    data = pdf_bytes([sheet(path, turns)])
    assert picture in data and path.read_bytes() != data
    before, after = pypdfium2.PdfDocument(path)[0].get_size(), pypdfium2.PdfDocument(data)[0].get_size()
    assert after == pytest.approx(before if turns % 2 == 0 else before[::-1])
    expected = np.rot90(drawn(path, 200), -turns)
    assert np.abs(drawn(data, expected.shape[0])[:expected.shape[0], :expected.shape[1]] - expected).mean() < 3
    check_words(data)


@pytest.mark.parametrize("box", [(100, -50, 400, 350), (0, 0, 1190, 1684), (300, 400, 0, 0)])
def test_boxes_that_do_not_begin_at_zero(tmp_path, box):
    path, _ = make_pdf(tmp_path / "in.pdf", (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])),
                       MediaBox=Array(list(box)))
    check_words(pdf_bytes([sheet(path)]))


def test_pages_measured_in_larger_units(tmp_path):
    path, _ = make_pdf(tmp_path / "in.pdf", (0, 0, 8.5, 11), UserUnit=72)
    data = pdf_bytes([sheet(path)])
    with pikepdf.open(BytesIO(data)) as document:
        assert document.pages[0].obj.UserUnit == 72 and [float(side) for side in document.pages[0].mediabox] == [0, 0, 8.5, 11]
    check_words(data)


def test_contents_that_leave_another_state_behind_do_not_move_the_text(tmp_path):
    path, _ = make_pdf(tmp_path / "in.pdf", content=b"q 0.1 0 0 0.1 50 50 cm")
    check_words(pdf_bytes([sheet(path)]))


def test_pages_of_several_files_and_of_one_file_twice(tmp_path):
    first, _ = make_pdf(tmp_path / "a.pdf")
    second, _ = make_pdf(tmp_path / "b.pdf", (0, 0, 400, 300))
    Image.new("L", (100, 100), 255).save(tmp_path / "c.png")
    sheets = [sheet(first), sheet(second), Sheet(Page("c.png", (100, 100)), tmp_path / "c.png"), sheet(first)]
    data = pdf_bytes(sheets)
    assert data == pdf_bytes(sheets), "the same pages gave other bytes"
    for number in (0, 1, 3):
        check_words(data, number)
    assert [pypdfium2.PdfDocument(data)[number].get_size()[0] for number in (0, 1, 3)] == [300, 400, 300]


def test_its_own_pdf_can_be_read_again(tmp_path):
    path, _ = make_pdf(tmp_path / "in.pdf")
    again = tmp_path / "again.pdf"
    again.write_bytes(pdf_bytes([sheet(path)]))
    other = sheet(again).page.regions[0]
    data = pdf_bytes([Sheet(Page("again.pdf", sheet(again).page.size, (other,)), again)])
    text = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert sorted(text.split()) == ["lower", "lower", "upper", "upper"]


def test_handwriting_in_a_field_is_still_shown(tmp_path):
    path = tmp_path / "form.pdf"
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(300, 400))
        look = pikepdf.Stream(document, b"0 g 0 0 100 50 re f", Dictionary(
            Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 100, 50])))
        parent = document.make_indirect(Dictionary(T=pikepdf.String("all"), FT=Name.Sig))
        field = document.make_indirect(Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, Rect=Array([50, 50, 150, 100]), F=4, AP=Dictionary(N=look), P=page.obj, Parent=parent))
        parent.Kids = Array([field])
        page.obj.Annots = Array([field])
        document.Root.AcroForm = document.make_indirect(Dictionary(Fields=Array([parent]), DA=pikepdf.String("/Helv 0 Tf")))
        document.save(path)
    data = pdf_bytes([Sheet(Page("form.pdf", (400, 300)), path)] * 2)
    assert (drawn(data, 400, True) == drawn(path, 400, True)).all() and (drawn(data, 400, True) < 9).mean() > 0.03
    assert (drawn(data, 400, True, 1) < 9).mean() > 0.03
    with pikepdf.open(BytesIO(data)) as document:
        assert str(document.Root.AcroForm.DA) == "/Helv 0 Tf"


def test_layers_that_are_hidden_stay_hidden(tmp_path):
    path, _ = make_pdf(tmp_path / "in.pdf", content=b"/OC /L BDC 0 0 300 400 re f EMC")
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("hidden")))
        document.pages[0].Resources.Properties = Dictionary(L=layer)
        document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
        document.save(path)
    before, after = drawn(path, 200), drawn(pdf_bytes([sheet(path)]), 200)
    assert (before == after).all()


def test_what_is_wrong_is_named(tmp_path):
    path, _ = make_pdf(tmp_path / "in.pdf")
    with pytest.raises(ImageError, match="in.pdf: has no page 3; it has 1"):
        pdf_bytes([Sheet(Page("in.pdf", (400, 300), frame=2), path)])
    path.write_bytes(b"%PDF-1.5 and nothing else")
    with pytest.raises(ImageError, match="in.pdf: the PDF is damaged"):
        pdf_bytes([Sheet(Page("in.pdf", (400, 300)), path)])
