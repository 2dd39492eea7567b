"""Documents are distinguished by their root, and brought to the pixels of their image."""
from pathlib import Path

import pytest

from PIL import Image

from ocr.errors import ImageError, PageFormatError
from ocr.formats.document import ALTO, PAGE_XML, open_document, read_document
from ocr.page.geometry import Box

DATA = Path(__file__).parents[1] / "data" / "page"


@pytest.mark.parametrize("name, image", [("alto4", "page.jpg"), ("kraken", "scan/7.png"), ("transkribus", "letter.jpg")])
def test_page_and_alto(name, image):
    assert read_document(DATA / f"{name}.xml").image_filename == image


def test_anything_else_is_refused(tmp_path):
    (tmp_path / "a.xml").write_text("<html/>")
    with pytest.raises(PageFormatError, match="a.xml.*neither.*html"):
        read_document(tmp_path / "a.xml")


def _measured(tmp_path, size=(300, 450), unit="inch1200"):
    text = (DATA / "alto2.xml").read_text(encoding="utf-8").replace("inch1200", unit)
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    Image.new("L", size).save(tmp_path / "a.png")
    return tmp_path / "a.xml"


@pytest.mark.parametrize("unit", ["inch1200", "mm10"])
def test_physical_units_are_scaled_to_the_image(tmp_path, capsys, unit):
    sheet = open_document(_measured(tmp_path, unit=unit))
    region = sheet.page.regions[0]
    assert sheet.page.size == (450, 300) and sheet.image == tmp_path / "a.png"
    assert region.polygon.box == Box(15, 15, 165, 45) and region.lines[0].baseline == ((15, 27), (165, 27))
    assert region.lines[0].words[0].polygon.box == Box(15, 15, 45, 30) and capsys.readouterr().err == ""


@pytest.mark.parametrize("size, fits", [((300, 460), True), ((300, 465), False), ((450, 300), False)])
def test_an_image_of_other_proportions_is_refused(tmp_path, size, fits):
    path = _measured(tmp_path, size)
    if fits:
        assert open_document(path).page.size == size[::-1]
    else:
        with pytest.raises(PageFormatError, match=f"a.xml: measures a page of 2400 x 3600 units.*{size[0]} x {size[1]} pixels"):
            open_document(path)


def test_physical_units_without_an_image_are_said_to_count_as_pixels(tmp_path, capsys):
    path = _measured(tmp_path)
    assert read_document(path).size == (3600, 2400) and "a.xml: is in physical units" in capsys.readouterr().err
    (tmp_path / "a.png").unlink()
    sheet = open_document(path, needs_image=False)
    assert sheet.image is None and sheet.page.text == read_document(path).text
    with pytest.raises(ImageError, match="a.xml: its image .. was not found"):
        open_document(path)


def test_only_documents_of_the_kind_that_is_asked_for_are_read():
    with pytest.raises(PageFormatError, match="kraken.xml: its root element is PcGts; alto is expected"):
        open_document(DATA / "kraken.xml", kind=ALTO, needs_image=False)
    assert open_document(DATA / "kraken.xml", kind=PAGE_XML, needs_image=False).page.size == (400, 600)
