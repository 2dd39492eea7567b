"""Every kind of image that a user may have, good and bad."""
from __future__ import annotations

import os
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.errors import ImageError
from ocr.images.load import count_frames, expand, grey, read_frame, read_frames


def image(height=40, width=60):
    """An RGB image whose top-left quarter is dark red and whose rest is light."""
    pixels = np.full((height, width, 3), 220, np.uint8)
    pixels[:height // 2, :width // 2] = (120, 10, 20)
    return pixels


def huge_png(path, side):
    """A PNG whose header promises side x side pixels; nearly nothing follows."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64))
                     + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("suffix, slack", [("png", 0), ("jpg", 12), ("tif", 0), ("webp", 16), ("bmp", 0), ("pdf", 12)])
def test_formats_agree(tmp_path, suffix, slack):
    path = tmp_path / f"page.{suffix}"
    options = {"resolution": 200.0} if suffix == "pdf" else {"quality": 95} if suffix in ("jpg", "webp") else {}
    Image.fromarray(image()).save(path, **options)
    found = read_frame(path)
    assert (found.path, found.frame, found.pixels.dtype) == (path, 0, np.uint8)
    assert np.abs(np.subtract(found.pixels.shape, (40, 60, 3))).max() <= (suffix == "pdf")  # points round to pixels
    for y, x in ((10, 15), (10, 45), (30, 15), (30, 45)):
        assert np.abs(found.pixels[y, x].astype(int) - image()[y, x]).max() <= slack


@pytest.mark.parametrize("orientation, dark", [(1, "top left"), (3, "bottom right"), (6, "top right"), (8, "bottom left")])
def test_exif_orientation_is_honoured(tmp_path, orientation, dark):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(image()).save(tmp_path / "phone.jpg", exif=exif)
    pixels = read_frame(tmp_path / "phone.jpg").pixels
    assert pixels.shape == ((40, 60, 3) if orientation in (1, 3) else (60, 40, 3))
    height, width = pixels.shape[:2]
    corner = pixels[4 if "top" in dark else height - 5, 4 if "left" in dark else width - 5]
    assert corner[2] < 80


def test_modes_become_rgb(tmp_path):
    deep = np.full((40, 60), 65535, np.uint16)
    deep[:, :30] = 32768
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert {int(v) for v in np.unique(read_frame(tmp_path / "deep.png").pixels)} == {128, 255}
    Image.fromarray(deep).save(tmp_path / "deep.tif")
    assert read_frame(tmp_path / "deep.tif").pixels[0, 0].tolist() == [128] * 3
    Image.fromarray(image()).convert("CMYK").save(tmp_path / "print.jpg")
    assert read_frame(tmp_path / "print.jpg").pixels[30, 50].min() > 200
    Image.fromarray(image()[..., 0] > 128).save(tmp_path / "fax.tif")
    assert set(np.unique(read_frame(tmp_path / "fax.tif").pixels)) == {0, 255}


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_blended_with_white(tmp_path, mode):
    layer = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    layer.paste((0, 0, 0, 255), (0, 0, 10, 20))
    layer = layer.convert("P") if mode == "P" else layer.convert(mode)
    layer.save(tmp_path / "layer.png")
    pixels = read_frame(tmp_path / "layer.png").pixels
    assert pixels[10, 4].tolist() == [0, 0, 0] and pixels[10, 15].tolist() == [255, 255, 255]


@pytest.mark.parametrize("suffix", ["tif", "pdf"])
def test_pages_of_one_file_come_lazily_and_in_order(tmp_path, suffix):
    path = tmp_path / f"book.{suffix}"
    pages = [Image.new("RGB", (50, 40), (shade, shade, shade)) for shade in (10, 120, 240)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert count_frames(path) == 3
    frames = read_frames(path)
    assert abs(int(next(frames).pixels.mean()) - 10) < 6
    rest = list(frames)
    assert [page.frame for page in rest] == [1, 2] and abs(int(rest[1].pixels.mean()) - 240) < 6
    with pytest.raises(ImageError, match="no page 4; it has 3"):
        read_frame(path, 3)


def test_animation_is_one_page(tmp_path):
    pages = [Image.new("L", (50, 40), shade) for shade in (10, 120)]
    pages[0].save(tmp_path / "film.gif", save_all=True, append_images=pages[1:])
    assert count_frames(tmp_path / "film.gif") == 1


def bad_file(folder, kind):
    path = folder / f"{kind}.png"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("Dear diary, this is no image.")
    elif kind == "truncated":
        noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "whole.jpg")
        path.write_bytes((folder / "whole.jpg").read_bytes()[:9000])
    elif kind == "pixel":
        Image.new("RGB", (1, 1)).save(path)
    elif kind == "huge":
        huge_png(path, 30_000)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pdf":
        path.write_bytes(b"%PDF-1.4\nno more than that")
    return path


@pytest.mark.parametrize("kind, reason", [
    ("empty", "empty"), ("text", "not an image"), ("truncated", "cut short"), ("pixel", "too small"),
    ("huge", "over the limit of 100,000,000.*OCR_MAX_PIXELS=900000000"), ("folder", "cannot be opened"),
    ("missing", "cannot be opened"), ("pdf", "damaged, or has no pages")])
def test_bad_file_gives_one_line_with_its_name(tmp_path, monkeypatch, kind, reason):
    monkeypatch.delenv("OCR_MAX_PIXELS", raising=False)
    path = bad_file(tmp_path, kind)
    with pytest.raises(ImageError, match=reason) as caught:
        list(read_frames(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_pixel_limit_can_be_lowered_and_raised(tmp_path, monkeypatch):
    Image.fromarray(image()).save(tmp_path / "page.png")
    monkeypatch.setenv("OCR_MAX_PIXELS", "2399")
    with pytest.raises(ImageError, match="60 x 40 pixels are over the limit"):
        read_frame(tmp_path / "page.png")
    assert read_frame(tmp_path / "page.png", max_pixels=2400).pixels.shape == (40, 60, 3)
    monkeypatch.setenv("OCR_MAX_PIXELS", "many")
    with pytest.raises(ImageError, match="OCR_MAX_PIXELS is 'many'"):
        read_frame(tmp_path / "page.png")
    with pytest.raises(ImageError, match="cut short"):                          # the limit lets it through to the decoder
        read_frame(huge_png(tmp_path / "wide.png", 14_000), max_pixels=10 ** 9)


def test_pillow_keeps_its_own_limit(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    Image.fromarray(image()).save(tmp_path / "page.png")
    read_frame(tmp_path / "page.png")
    with pytest.raises(ImageError):
        read_frame(bad_file(tmp_path, "text"))
    assert Image.MAX_IMAGE_PIXELS == before


def test_expand_lists_files_folders_and_globs(tmp_path):
    for name in ("page10.png", "page2.PNG", "notes.txt", ".hidden.png", "b.tif"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "inner.png").mkdir()
    assert [path.name for path in expand([tmp_path])] == ["b.tif", "page2.PNG", "page10.png"]
    assert [path.name for path in expand([str(tmp_path / "page*")])] == ["page2.PNG", "page10.png"]
    assert [path.name for path in expand([tmp_path / "notes.txt", tmp_path / "b.tif", tmp_path])] == [
        "notes.txt", "b.tif", "page2.PNG", "page10.png"]


@pytest.mark.parametrize("source, reason", [
    ("nowhere", "no such file"), ("*.png", "holds no image"), (".", "holds no image")])
def test_expand_refuses_what_stands_for_nothing(tmp_path, source, reason):
    with pytest.raises(ImageError, match=reason):
        expand([tmp_path / source])


def test_images_that_would_start_another_program_are_refused(tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(image()).save(path, "EPS")
    with pytest.raises(ImageError, match="not an image that can be read"):
        read_frame(path)


def test_a_link_to_an_image_that_is_gone_is_not_skipped(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "round.png").symlink_to(tmp_path / "round.png")
    assert [path.name for path in expand([tmp_path])] == ["gone.png", "round.png"]
    for path in expand([tmp_path]):
        with pytest.raises(ImageError, match="cannot be opened"):
            read_frame(path)


def test_too_little_memory_is_reported_with_the_name(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise MemoryError

    Image.fromarray(image()).save(tmp_path / "page.png")
    monkeypatch.setattr("ocr.images.load.in_worker", lambda: True)              # it is opened in this process
    monkeypatch.setattr("ocr.images.raster._rgb", refuse)
    with pytest.raises(ImageError, match="page.png.*memory"):
        read_frame(tmp_path / "page.png")


def test_expand_reports_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(type(tmp_path), "iterdir", refuse)
    with pytest.raises(ImageError, match="cannot be listed .Permission denied"):
        expand([tmp_path])


def test_grey_is_luminance():
    assert grey(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).tolist() == [[76, 150, 29]]


@pytest.mark.parametrize("size, accepted", [((8, 40), True), ((40, 8), True), ((7, 40), False), ((40, 7), False)])
def test_an_image_of_eight_pixels_is_the_smallest(tmp_path, size, accepted):
    Image.new("RGB", size, "white").save(tmp_path / "a.png")
    if accepted:
        assert read_frame(tmp_path / "a.png").pixels.shape == (size[1], size[0], 3)
    else:
        with pytest.raises(ImageError, match="at least 8 x 8"):
            read_frame(tmp_path / "a.png")


@pytest.mark.parametrize("kind, top, shown", [
    (np.float32, 1.0, 255), (np.float32, 0.5, 128), (np.float32, 1.5, 2), (np.float32, 255.0, 255), (np.float32, 256.0, 128),
    (np.float32, 65535.0, 255), (np.int32, 1, 1), (np.int32, 255, 255), (np.int32, 256, 128), (np.int32, 1023, 255),
    (np.int32, 65535, 255), (np.int32, 131070, 255)])
def test_deep_greys_are_scaled_by_what_their_type_and_largest_value_say(tmp_path, kind, top, shown):
    values = np.zeros((20, 20), kind)
    values[:, 10:] = top
    Image.fromarray(values).save(tmp_path / "deep.tif")
    pixels = read_frame(tmp_path / "deep.tif").pixels
    assert pixels[0, 0, 0] == 0 and pixels[0, 15, 0] == shown


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket.png"))
        assert [path.name for path in expand([tmp_path])] == ["pipe.png", "socket.png"]
        for path, kind in ((tmp_path / "pipe.png", "a pipe"), (tmp_path / "socket.png", "a socket"), (Path("/dev/zero"), "a device")):
            assert expand([path]) == [path]
            for work in (count_frames, read_frame):
                with pytest.raises(ImageError, match=f"{path}: is {kind}, not a file"):
                    work(path)


def test_a_folder_lists_phone_photos_and_names_raw_ones(tmp_path):
    for name in ("1.HEIC", "2.avif", "3.MPO", "4.j2k", "5.DNG", "6.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in expand([tmp_path])] == ["1.HEIC", "2.avif", "3.MPO", "4.j2k", "5.DNG"]


def test_sources_sorted_by_a_shell_are_listed_by_number(tmp_path):
    for name in ("p1.png", "p2.png", "p10.png"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in expand([tmp_path / f"p{number}.png" for number in (1, 10, 2)])] == ["p1.png", "p2.png", "p10.png"]
    assert [path.name for path in expand([tmp_path / f"p{number}.png" for number in (10, 2, 1)])] == ["p10.png", "p2.png", "p1.png"]
