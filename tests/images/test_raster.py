"""Kinds of pixels that scanners, phones and fax machines write, and what must become of them."""
from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ocr.errors import ImageError
from ocr.images import raster
from tests.images.tiffs import tiff

WHITE_IS_0 = {262: 0}


def decode(path, square=True, limit=10 ** 7, frame=0):
    return raster.decode(path, frame, limit, square)


def ramp(top, kind=np.uint16):
    """A page whose left half is 0 and whose right half has a value."""
    values = np.zeros((12, 20), kind)
    values[:, 10:] = top
    return values


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("top, shown", [(200, 200), (255, 255), (256, 128), (1023, 255), (800, 199), (4095, 255), (40000, 156),
                                        (65535, 255)])
def test_16_bits_are_scaled_by_the_bits_that_are_in_use(tmp_path, order, top, shown):
    (tmp_path / "a.tif").write_bytes(tiff([(ramp(top), {})], order))
    pixels = decode(tmp_path / "a.tif")
    assert pixels[5, 5].tolist() == [0] * 3 and pixels[5, 15].tolist() == [shown] * 3


@pytest.mark.parametrize("kind, top", [(np.uint8, 255), (np.uint16, 1023), (np.float32, 1.0)])
def test_a_tiff_whose_white_is_0_is_white(tmp_path, kind, top):
    (tmp_path / "a.tif").write_bytes(tiff([(ramp(top, kind), WHITE_IS_0)]))
    pixels = decode(tmp_path / "a.tif")
    assert pixels[5, 5, 0] == 255 and pixels[5, 15, 0] == 0


def test_floats_that_are_no_numbers_and_numbers_below_0(tmp_path):
    values = ramp(1.0, np.float32)
    values[0, :4] = (np.nan, np.inf, -np.inf, -1.0)
    (tmp_path / "a.tif").write_bytes(tiff([(values, {})]))
    assert decode(tmp_path / "a.tif")[[0, 0, 0, 0, 5, 5], [0, 1, 2, 3, 5, 15], 0].tolist() == [1, 1, 1, 0, 1, 2]


@pytest.mark.parametrize("top, shown", [(1023, 255), (16383, 255), (512, 128), (16384, 64), (65535, 255)])
def test_16_bit_colours_that_use_few_bits(tmp_path, top, shown):
    pixels = np.repeat(ramp(top)[..., None], 3, axis=2)
    pixels[..., 2] //= 2
    (tmp_path / "a.tif").write_bytes(tiff([(pixels[:, ::-1], {}), (pixels, {})]))
    found = decode(tmp_path / "a.tif", frame=1)
    assert found[5, 5].tolist() == [0] * 3 and found[5, 15].tolist() == [shown, shown, shown // 2]


@pytest.mark.parametrize("resolution, size", [
    ((204, 98), (100, 208)), ((98, 204), (208, 100)), ((200, 200), (100, 100)), ((300, 100), (100, 300)), ((201, 200), (100, 100)),
    ((408, 100), (100, 100)), ((204, 196), (100, 104)), ((0, 98), (100, 100))])
def test_pixels_that_are_not_square_are_scaled_to_squares(tmp_path, resolution, size):
    tags = {282: (resolution[0], 1), 283: (resolution[1], 1), 296: 2}
    page = np.full((100, 100), 200, np.uint8)
    (tmp_path / "a.tif").write_bytes(tiff([(page, {}), (page, tags), (page, {})]))
    assert decode(tmp_path / "a.tif", frame=1).shape == (*size[::-1], 3)
    assert decode(tmp_path / "a.tif", square=False, frame=1).shape == (100, 100, 3)
    assert decode(tmp_path / "a.tif", frame=2).shape == (100, 100, 3)           # which states no resolution of its own


@pytest.mark.parametrize("orientation, size", [(1, (100, 208)), (3, (100, 208)), (6, (208, 100)), (8, (208, 100))])
@pytest.mark.parametrize("suffix", ["tif", "jpg"])
def test_a_rotated_fax_is_squared_along_its_own_axes(tmp_path, suffix, orientation, size):
    page, exif = Image.new("L", (100, 100), 200), Image.Exif()
    exif[0x0112] = orientation
    page.save(tmp_path / f"a.{suffix}", exif=exif, dpi=(204, 98), **({"tiffinfo": {274: orientation}} if suffix == "tif" else {}))
    assert decode(tmp_path / f"a.{suffix}").shape == (*size[::-1], 3)


@pytest.mark.parametrize("exif", [b"Exif\0\0nothing of the kind", b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0"])
def test_a_broken_orientation_is_none(tmp_path, exif):
    Image.new("L", (30, 20), 200).save(tmp_path / "a.jpg", exif=exif)
    assert decode(tmp_path / "a.jpg").shape == (20, 30, 3)


def test_squares_count_towards_the_limit(tmp_path):
    Image.new("L", (100, 100)).save(tmp_path / "a.tif", dpi=(200, 100))
    assert decode(tmp_path / "a.tif", limit=20_000).shape == (200, 100, 3)
    with pytest.raises(ImageError, match="100 x 200 pixels are over the limit of 19,999"):
        decode(tmp_path / "a.tif", limit=19_999)


def layer(ink, alpha=255):
    """A transparent page with a dark or light stroke."""
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[8:12] = (ink, ink, ink, alpha)
    return pixels


@pytest.mark.parametrize("ink, paper", [(0, 255), (120, 255), (192, 255), (193, 0), (255, 0)])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_paper_behind_ink_is_such_that_the_ink_is_seen(tmp_path, mode, ink, paper):
    page = Image.fromarray(layer(ink))
    (page.quantize(8) if mode == "P" else page.convert(mode)).save(tmp_path / "a.png")
    pixels = decode(tmp_path / "a.png")
    assert abs(int(pixels[10, 5, 0]) - ink) <= 1 and pixels[2, 2].tolist() == [paper] * 3


def test_ink_that_is_only_in_the_transparency(tmp_path):
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[8:12, :, 3] = 255                                    # black everywhere, opaque where there is a stroke
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png")[[2, 10], 5, 0].tolist() == [255, 0]
    pixels[..., 3], pixels[8:12, :, :3] = 0, 90                 # transparent everywhere: the colours are what there is
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png")[[2, 10], 5, 0].tolist() == [0, 90]


def test_light_paper_without_transparency_stays(tmp_path):
    Image.new("RGBA", (20, 20), (250, 250, 250, 255)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").min() == 250


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "LAB", "I;16"])
def test_every_mode_of_a_tiff_shows_dark_on_light(tmp_path, mode):
    page = Image.new("RGB", (40, 40), (230, 225, 230))
    page.paste((20, 25, 20), (0, 0, 20, 40))
    if mode == "LAB":
        page = Image.merge("LAB", (page.convert("L"), Image.new("L", page.size, 0), Image.new("L", page.size, 0)))
    elif mode == "I;16":
        page = Image.fromarray(np.asarray(page.convert("L"), np.uint16) * 257)
    elif mode == "1":
        page = Image.fromarray(np.asarray(page.convert("L")) > 127)
    else:
        page = page.convert(mode)
    page.save(tmp_path / "a.tif")
    pixels = decode(tmp_path / "a.tif")
    assert pixels.shape == (40, 40, 3) and pixels[:, :18].max() < 60 and pixels[:, 22:].min() > 190


def test_large_images_are_converted_in_bands_without_a_seam(tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 65536, (50, 30), dtype=np.uint16)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    whole = decode(tmp_path / "a.png")
    monkeypatch.setattr(raster, "_BAND", 30 * 7)
    assert np.array_equal(decode(tmp_path / "a.png"), whole)


@pytest.mark.parametrize("start, reason", [
    (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "a HEIC image.*pip install ocr-gluon.heic."), (b"AT&TFORM", "a DjVu document"),
    (b"\0\0\0\x18ftypisom\0\0\0\0isom", "a video"), (b"PK\x03\x04", "a ZIP archive"), (b"\xff\n", "JPEG XL"),
    (b"Dear diary,", "of no known kind, not an image"), (b"\xff\xd8\xff\xe0", "damaged or cut short"),
    (b"\0\0\0\x18ftypavif\0\0\0\0mif1", "AVIF|damaged")])
def test_what_cannot_be_read_is_named_by_its_content(tmp_path, monkeypatch, start, reason):
    monkeypatch.setattr("ocr.images.kinds.find_spec", lambda name: None)       # without the package for HEIC
    (tmp_path / "a.jpg").write_bytes(start + bytes(40))
    with pytest.raises(ImageError, match=reason) as caught:
        raster.count_pages(tmp_path / "a.jpg")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix, options", [("avif", {}), ("j2k", {"irreversible": False}), ("mpo", {"save_all": True})])
def test_formats_of_phones_and_archives(tmp_path, suffix, options):
    from PIL import features

    if suffix == "avif" and ("avif" not in features.modules or not features.check("avif")):
        pytest.skip("this Pillow reads no AVIF")
    page = Image.fromarray(np.repeat(ramp(220, np.uint8)[..., None], 3, axis=2)).resize((64, 64))
    page.save(tmp_path / f"a.{suffix}", **options)
    pixels = decode(tmp_path / f"a.{suffix}")
    assert pixels[32, 5, 0] < 30 and pixels[32, 60, 0] > 190


def test_heic(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    Image.new("RGB", (64, 64), (200, 40, 40)).save(tmp_path / "IMG_1.HEIC")
    assert abs(decode(tmp_path / "IMG_1.HEIC")[30, 30].astype(int) - (200, 40, 40)).max() < 12
