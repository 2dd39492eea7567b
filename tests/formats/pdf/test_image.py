"""Images in a PDF: the very ones that came in, the right way up, and as large on paper as they say."""
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

NAMES = {"/DCTDecode": "jpeg", "/CCITTFaxDecode": "group 4", "/FlateDecode": "flate", "/JPXDecode": "jpeg 2000"}


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
        space = image.ColorSpace[0] if isinstance(image.ColorSpace, pikepdf.Array) else image.ColorSpace
        return NAMES[str(image.Filter)], str(space), (int(image.Height), int(image.Width))


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
    ("RGB", "png", ("flate", "/DeviceRGB")), ("L", "png", ("flate", "/DeviceGray")), ("1", "png", ("group 4", "/DeviceGray")),
    ("CMYK", "jpg", ("jpeg", "/DeviceCMYK")), ("L", "jpg", ("jpeg", "/DeviceGray")), ("RGBA", "webp", ("flate", "/DeviceRGB")),
    ("I;16", "tif", ("flate", "/DeviceGray")), ("P", "gif", ("flate", "/Indexed")), ("RGB", "tif", ("flate", "/DeviceRGB")),
    ("RGB", "jp2", ("jpeg 2000", "/DeviceRGB")), ("LA", "png", ("flate", "/DeviceGray")), ("CMYK", "tif", ("flate", "/DeviceRGB"))])
def test_images_are_those_that_came_in(tmp_path, mode, suffix, expected):
    path = tmp_path / f"page.{suffix}"
    deep = Image.fromarray(np.asarray(scene(mode="L")).astype(np.uint16) * 257)
    image = deep if mode == "I;16" else scene().quantize(8) if mode == "P" else scene(mode=mode)
    image.save(path, **({"lossless": True} if suffix == "webp" else {"irreversible": False} if suffix == "jp2" else {}))
    data = pdf_bytes([sheet(path)])
    assert stored(data) == (*expected, (60, 100))
    difference = np.abs(drawn(data, (60, 100)) - read_frame(path).pixels)
    if expected[0] in ("jpeg", "jpeg 2000"):
        assert path.read_bytes() in data and (difference.mean() < 6 or mode == "CMYK")       # CMYK looks as the viewer likes
    else:
        assert difference.max() == 0


def test_inks_of_adobe_s_are_not_inverted(tmp_path):
    path = tmp_path / "inks.jpg"
    Image.new("CMYK", (40, 40), (0, 0, 0, 255)).save(path)                                  # black; Pillow writes as Adobe does
    assert drawn(pdf_bytes([sheet(path)]), (40, 40)).mean() < 60


@pytest.mark.parametrize("exif", range(1, 9))
def test_other_images_stand_upright(tmp_path, exif):
    path, tags = tmp_path / "scan.tif", Image.Exif()
    tags[0x0112] = exif
    scene().save(path, exif=tags, dpi=(100, 100))
    expected = read_frame(path).pixels.astype(int)
    assert np.abs(drawn(pdf_bytes([sheet(path)]), expected.shape[:2]) - expected).mean() < 3


def test_black_and_white_loses_nothing_however_large(tmp_path):
    path, noise = tmp_path / "scan.tif", np.random.default_rng(3).integers(0, 2, (1500, 900)).astype(np.uint8) * 255
    Image.fromarray(noise).convert("1").save(path, dpi=(600, 600))
    data = pdf_bytes([sheet(path)])
    again = next(pypdfium2.PdfDocument(data)[0].get_objects()).get_bitmap().to_pil()
    assert (np.asarray(again.convert("L")) == noise).all()


@pytest.mark.parametrize("colours, bits", [(2, 1), (4, 2), (16, 4), (200, 8)])
def test_palettes_keep_their_few_bits(tmp_path, colours, bits):
    path = tmp_path / "scan.png"
    values = np.random.default_rng(4).integers(0, 255, (40, 40, 3), np.uint8)
    Image.fromarray(values).quantize(colours).save(path, bits=bits)
    data = pdf_bytes([sheet(path)])
    with pikepdf.open(BytesIO(data)) as document:
        assert int(document.pages[0].Resources.XObject["/Im0"].BitsPerComponent) == bits
    assert np.abs(drawn(data, (40, 40)) - read_frame(path).pixels).max() == 0


@pytest.mark.parametrize("dpi, expected", [
    (150, (960 * 0.48, 1200 * 0.48)), (72, (673.5, 841.89)), (96, (673.5, 841.89)), (None, (673.5, 841.89)),
    (1200, (673.5, 841.89)), ((204, 98), (1200 / 204 * 72, 960 / 98 * 72)), ((98, 70), (673.5, 841.89))])
def test_paper_is_as_large_as_a_scanner_says_or_fits_a4(tmp_path, dpi, expected):
    path = tmp_path / "page.png"
    Image.new("L", (1200, 960), 200).save(path, **({"dpi": dpi if isinstance(dpi, tuple) else (dpi, dpi)} if dpi else {}))
    page = pypdfium2.PdfDocument(pdf_bytes([sheet(path)]))[0]
    height, width = expected if max(expected) < 800 else (595.28, 595.28 * 1.25)
    assert page.get_size() == pytest.approx(expected if isinstance(dpi, tuple) and dpi[0] > 200 else (width, height), abs=0.1)


@pytest.mark.parametrize("inches, expected", [(47, 47 * 72), (49, 841.89)])
def test_sheets_up_to_a0_keep_their_size(tmp_path, inches, expected):
    path = tmp_path / "plan.png"
    Image.new("1", (inches * 100, 2000), 1).save(path, dpi=(100, 100))
    assert pypdfium2.PdfDocument(pdf_bytes([sheet(path)]))[0].get_size()[0] == pytest.approx(expected, abs=0.5)


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
