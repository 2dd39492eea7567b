"""Documents are distinguished by their root."""
from pathlib import Path

import pytest

from ocr.errors import PageFormatError
from ocr.formats.document import read_document

DATA = Path(__file__).parents[1] / "data" / "page"


@pytest.mark.parametrize("name, image", [("alto4", "page.jpg"), ("kraken", "scan/7.png"), ("transkribus", "letter.jpg")])
def test_page_and_alto(name, image):
    assert read_document(DATA / f"{name}.xml").image_filename == image


def test_anything_else_is_refused(tmp_path):
    (tmp_path / "a.xml").write_text("<html/>")
    with pytest.raises(PageFormatError, match="a.xml.*neither.*html"):
        read_document(tmp_path / "a.xml")
