"""Images in a PDF: JPEGs byte by byte, the rest small, the right way up, and as large on paper as they say."""
from __future__ import annotations

from io import BytesIO

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from ocr.errors import ImageError
from ocr.images.load import read_frame
from ocr.page.model import Page, Sheet
from ocr.formats.pdf.document import pdf_bytes
from ocr.formats.pdf.image import page_image

NAMES = {"/DCTDecode": "jpeg", "/CCITTFaxDecode": "group 4"}


def scene(height=60, width=100, mode="RGB"):
    """An image that differs in each corner."""
    pixels = np.full((height, width, 3), 235, np.uint8)
    pixels[:height // 3, :width // 4] = (200, 30, 30)
    pixels[:height // 3, -width // 4:] = (30, 140, 40)
    pixels[-height // 3:, :width // 4] = (30, 40, 190)
    return Image.fromarray(pixels).convert(mode)


def drawn(data, size, number=0):
    """Draw a page of a PDF in (height, width) pixels."""
    page = pypdfium2.PdfDocument(data)[number]
    image = page.render(scale=size[1] / page.get_width()).to_pil().convert("RGB").resize(size[::-1])
    return np.asarray(image).astype(int)


def stored(data, number=0):
    with pikepdf.open(BytesIO(data)) as document:
        image = document.pages[number].Resources.XObject["/Im0"]
        return NAMES[str(image.Filter)], str(image.ColorSpace), (int(image.Height), int(image.Width))


def sheet(path, orientation=0, frame=0):
    return Sheet(Page(path.name, read_frame(path, frame).pixels.shape[:2], orientation=orientation, frame=frame), path)


@pytest.mark.parametrize("exif", range(1, 9))
@pytest.mark.parametrize("turns", (0, 1))
def test_jpegs_are_kept_byte_by_byte_and_stand_upright(tmp_path, exif, turns):
    path, tags = tmp_path / "photo.jpg", Image.Exif()
    tags[0x0112] = exif
    scene().save(path, quality=90, exif=tags)
    data = pdf_bytes([sheet(path, turns)])
    assert path.read_bytes() in data
    expected = np.rot90(read_frame(path).pixels, -turns).astype(int)
    assert np.abs(drawn(data, expected.shape[:2]) - expected).mean() < 6


@pytest.mark.parametrize("mode, suffix, expected", [
    ("RGB", "png", ("jpeg", "/DeviceRGB")), ("L", "png", ("jpeg", "/DeviceGray")), ("1", "png", ("group 4", "/DeviceGray")),
    ("CMYK", "jpg", ("jpeg", "/DeviceRGB")), ("L", "jpg", ("jpeg", "/DeviceGray")), ("RGBA", "webp", ("jpeg", "/DeviceRGB")),
    ("I;16", "tif", ("jpeg", "/DeviceGray")), ("P", "gif", ("jpeg", "/DeviceRGB"))])
def test_other_images_are_compressed_by_their_content(tmp_path, mode, suffix, expected):
    path = tmp_path / f"page.{suffix}"
    deep = Image.fromarray(np.asarray(scene(mode="L")).astype(np.uint16) * 257)
    (deep if mode == "I;16" else scene().quantize(8) if mode == "P" else scene(mode=mode)).save(path)
    data = pdf_bytes([sheet(path)])
    assert stored(data) == (*expected, (60, 100))
    difference = np.abs(drawn(data, (60, 100)) - read_frame(path).pixels)
    assert difference.mean() < (0.5 if expected[0] == "group 4" else 6)


def test_black_and_white_loses_nothing_however_large(tmp_path):
    path, noise = tmp_path / "scan.tif", np.random.default_rng(3).integers(0, 2, (1500, 900)).astype(np.uint8) * 255
    Image.fromarray(noise).convert("1").save(path, dpi=(600, 600))
    data = pdf_bytes([sheet(path)])
    again = next(pypdfium2.PdfDocument(data)[0].get_objects()).get_bitmap().to_pil()
    assert (np.asarray(again.convert("L")) == noise).all()


def test_fine_images_become_300_dpi(tmp_path):
    path = tmp_path / "fine.png"
    Image.new("L", (600, 900), 240).save(path, dpi=(600, 600))
    assert stored(pdf_bytes([sheet(path)])) == ("jpeg", "/DeviceGray", (450, 300))


@pytest.mark.parametrize("dpi, expected", [
    (150, (960 * 0.48, 1200 * 0.48)), (72, (673.5, 841.89)), (96, (673.5, 841.89)), (None, (673.5, 841.89)),
    (1200, (673.5, 841.89)), ((200, 100), (673.5, 841.89))])
def test_paper_is_as_large_as_a_scanner_says_or_fits_a4(tmp_path, dpi, expected):
    path = tmp_path / "page.png"
    Image.new("L", (1200, 960), 200).save(path, **({"dpi": dpi if isinstance(dpi, tuple) else (dpi, dpi)} if dpi else {}))
    page = pypdfium2.PdfDocument(pdf_bytes([sheet(path)]))[0]
    height, width = expected if max(expected) < 800 else (595.28, 595.28 * 1.25)
    assert page.get_size() == pytest.approx((width, height), abs=0.1)


def test_pages_of_tiff_and_pdf_are_taken_by_their_number(tmp_path):
    path, again = tmp_path / "pages.tif", tmp_path / "pages.pdf"
    first, second = scene(), scene(60, 100).rotate(180)
    first.save(path, save_all=True, append_images=[second], dpi=(100, 100))
    again.write_bytes(pdf_bytes([sheet(path), sheet(path, frame=1)]))
    data = pdf_bytes([sheet(path, frame=1), sheet(again, frame=1), sheet(again, turns := 2)])
    for number, expected in enumerate((second, second, first.rotate(turns * 90))):
        assert np.abs(drawn(data, (60, 100), number) - np.asarray(expected)).mean() < 6
    sizes = [pypdfium2.PdfDocument(data)[number].get_size() for number in range(3)]
    assert sizes[1] == pytest.approx(sizes[2], abs=0.1)


def test_images_that_cannot_be_read_are_named(tmp_path):
    for name, content in (("empty.png", b""), ("text.jpg", b"no image"), ("cut.png", b"\x89PNG\r\n\x1a\n\0\0")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ImageError, match=name):
            page_image(tmp_path / name)
    with pytest.raises(ImageError, match="no page 3"):
        scene().save(tmp_path / "one.tif")
        page_image(tmp_path / "one.tif", 2)
