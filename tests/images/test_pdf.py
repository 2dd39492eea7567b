"""Pages of PDFs: drawn with what is filled in, at a size that fits, and counted by what is there."""
from __future__ import annotations

import os
from io import BytesIO

import numpy as np
import pikepdf
import pytest

from ocr.errors import ImageError
from ocr.images import pdf
from tests.images.pdfs import NO_PAGES, one_page, stream
from tests.images.pdfs import pdf as written

BLACK_BOX = b"0 g 30 30 100 50 re f"
FIELD = (b"<</Type/Annot/Subtype/Widget/FT/%s/T(a)/F 4/Rect[30 30 130 80]/AP<</N 6 0 R>>/P 3 0 R>>",
         stream(b"0 g 0 0 100 50 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 50]"))


@pytest.fixture
def saved(tmp_path):
    def save(data):
        (tmp_path / "a.pdf").write_bytes(data)
        return tmp_path / "a.pdf"
    return save


def draw(path, limit=10 ** 8):
    return pdf.draw(path, 0, limit)


def with_field(kind):
    return one_page(entries=b"/Annots[5 0 R]", more=[FIELD[0] % kind, FIELD[1]],
                    catalogue=b"/AcroForm<</Fields[5 0 R]/SigFlags 1>>")


@pytest.mark.parametrize("kind", [b"Sig", b"Tx"])
def test_what_is_filled_into_a_form_is_drawn(saved, kind):
    pixels = draw(saved(with_field(kind)))
    assert pixels.shape == (556, 834, 3) and pixels[400, 200].max() < 10 and pixels[100, 700].min() == 255


@pytest.mark.parametrize("size, more, shape", [
    (b"0 0 595 842", b"", (2339, 1653)), (b"0 0 216 144", b"", (400, 600)), (b"0 0 8.27 11.69", b"/UserUnit 72", (2339, 1654)),
    (b"0 0 3000 1500", b"", (3000, 6000)), (b"0 0 14400 14400", b"", (6000, 6000)), (b"0 0 200 100", b"/Rotate 90", (556, 278))])
def test_a_page_is_drawn_at_200_dpi_or_at_most_6000_pixels(saved, size, more, shape):
    assert np.abs(np.subtract(draw(saved(one_page(entries=more, size=size))).shape[:2], shape)).max() <= 1


@pytest.mark.parametrize("pixels, longest", [(1240, 1240), (4000, 2339), (20, 56)])
def test_a_tiny_page_is_drawn_as_fine_as_its_image(saved, pixels, longest):
    image = stream(bytes(pixels * 10), b"/Type/XObject/Subtype/Image/Width %d/Height 10/BitsPerComponent 8"
                                       b"/ColorSpace/DeviceGray" % pixels)
    page = one_page(b"q 20 0 0 8 0 0 cm /I Do Q", b"/Resources<</XObject<</I 5 0 R>>>>", b"0 0 20 8", more=[image])
    assert abs(max(draw(saved(page)).shape) - longest) <= 1


def test_a_page_is_drawn_within_the_limit_of_pixels(saved):
    height, width, _ = draw(saved(one_page()), limit=10_000).shape
    assert 9_000 < height * width <= 10_300


@pytest.mark.parametrize("stated, found", [(1, 1), (2, 1), (100_000, 1)])
def test_pages_that_are_only_stated_count_as_one(saved, stated, found):
    path = saved(one_page(BLACK_BOX, count=stated))
    assert pdf.count_pages(path) == (found, found < stated)
    assert draw(path).min() == 0
    if found < stated:
        with pytest.raises(ImageError, match=f"page 2 is not there, though the PDF says that it has {stated:,}"):
            pdf.draw(path, 1, 10 ** 7)
    with pytest.raises(ImageError, match="no page"):
        pdf.draw(path, stated, 10 ** 7)


def test_a_page_that_is_missing_among_others_is_named_and_the_others_are_drawn(saved):
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 30 20]>>"
    path = saved(written([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 3/Kids[3 0 R 9 0 R 4 0 R]>>", page, page]))
    read = 0
    assert pdf.count_pages(path) == (3, False)
    for frame in range(3):
        try:
            read += pdf.draw(path, frame, 10 ** 7).min() == 255
        except ImageError as error:
            assert "not there" in str(error)
    assert read == 2


@pytest.mark.parametrize("data", NO_PAGES)
def test_a_pdf_without_pages_is_named_and_leaves_no_file_open(saved, data):
    path = saved(data)
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    for work in (pdf.count_pages, draw) * 3:
        with pytest.raises(ImageError, match="no pages"):
            work(path)
    assert before == (len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0)


@pytest.mark.parametrize("user, reason", [("", None), ("secret", "locked by a password")])
def test_an_encrypted_pdf_is_drawn_unless_it_needs_a_password(tmp_path, user, reason):
    with pikepdf.open(BytesIO(one_page(BLACK_BOX))) as document:
        document.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="owner", user=user))
    if reason is None:
        assert draw(tmp_path / "a.pdf").min() == 0
    else:
        for work in (pdf.count_pages, draw):
            with pytest.raises(ImageError, match=reason):
                work(tmp_path / "a.pdf")
