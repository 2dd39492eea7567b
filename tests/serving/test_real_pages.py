"""The service with the models that ship: samples, and images as they come."""
from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.formats.page_json import page_from_json
from ocr.serving.pool import READING
from ocr.worker import Worker

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def reader(running, installed_models, tmp_path_factory):
    with running(READING, data=tmp_path_factory.mktemp("real"), workers=1) as client:
        yield client


def send(client, content, **fields):
    answer = client.post("/v1/pages", params={"wait": 60}, files={"file": ("x", content)}, data=fields)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def saved(image, kind, **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def huge():
    """The beginning of a PNG that says it has ten thousand million pixels."""
    chunks = ((b"IHDR", b"\0\1\x86\xa0\0\1\x86\xa0\x08\0\0\0\0"), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big") for name, data in chunks)


def part():
    """The first lines of a sample."""
    return Image.open(SAMPLES / "harbour.jpg").crop((0, 0, 1240, 520))


def test_a_sample_comes_back_as_text_in_every_format(reader):
    job = send(reader, (SAMPLES / "harbour.jpg").read_bytes(), decoder="greedy")
    assert job["state"] == "done"
    for name, address in job["results"].items():
        answer = reader.get(address)
        assert answer.status_code == 200, (name, answer.text)
        assert name == "pdf" and answer.content.startswith(b"%PDF-") or b"harbour" in answer.content
    page = page_from_json(reader.get(job["pages"][0]["page"]).content)
    image = Image.open(BytesIO(reader.get(job["pages"][0]["picture"]).content))
    assert image.size == page.size[::-1] and dict(page.steps[-1].settings)["decoder"] == "greedy"


def test_the_language_of_a_page_is_in_what_comes_back(reader):
    job = send(reader, saved(part(), "PNG"), decoder="beam+lm", language="FR-ca", format=["json", "page", "hocr"])
    assert job["state"] == "done" and job["language"] == "fr"
    page = page_from_json(reader.get(job["pages"][0]["page"]).content)
    assert page.language == "fr" and page.image_filename == "original.png"
    assert b'primaryLanguage="French"' in reader.get(job["results"]["page"]).content
    assert b'lang="fr"' in reader.get(job["results"]["hocr"]).content
    assert "french-characters" in dict(page.steps[-1].settings)["language_models"]
    assert "english" not in dict(page.steps[-1].settings)["language_models"]


@pytest.mark.parametrize("make", [
    lambda: saved(part().convert("CMYK"), "TIFF"), lambda: saved(part().convert("RGBA"), "PNG"),
    lambda: saved(Image.fromarray(np.asarray(part().convert("L")).astype(np.uint16) * 257), "PNG"),
    lambda: saved(part(), "WEBP"), lambda: saved(part().convert("L").convert("1"), "PNG"), lambda: saved(part(), "PDF")],
    ids=["CMYK", "transparent", "16-bit", "WebP", "bilevel", "PDF"])
def test_pictures_of_every_kind_are_read(reader, make):
    job = send(reader, make(), decoder="greedy")
    assert job["state"] == "done" and "harbour" in reader.get(job["results"]["txt"]).text


def test_a_photo_that_was_taken_sideways_is_read_and_shown_upright(reader):
    exif = Image.Exif()
    exif[0x0112] = 6                                    # turn by 90 degrees to see it
    job = send(reader, saved(part().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif), decoder="greedy")
    assert "harbour" in reader.get(job["results"]["txt"]).text
    assert Image.open(BytesIO(reader.get(job["pages"][0]["picture"]).content)).size == part().size


def test_large_pictures_are_shown_smaller(reader):
    job = send(reader, saved(part().resize((3000, 1258)), "JPEG"), decoder="greedy")
    assert Image.open(BytesIO(reader.get(job["pages"][0]["picture"]).content)).size == (2400, 1006)


def test_a_document_of_many_pages_is_read_page_by_page(reader, finished):
    blank = Image.new("RGB", (300, 200), "white")
    content = saved(blank, "PDF", save_all=True, append_images=[blank] * 4)
    answer = reader.post("/v1/pages", files={"file": ("x", content)}, data={"decoder": "greedy"})
    job = finished(reader, answer.json()["id"])
    assert [page["state"] for page in job["pages"]] == ["done"] * 5
    assert reader.get(job["results"]["txt"]).text == "\n\f" * 4 + "\n"
    with zipfile.ZipFile(BytesIO(reader.get(job["results"]["alto"]).content)) as archive:
        assert len(archive.namelist()) == 5


def test_a_document_that_unpacks_to_gigabytes_costs_its_process_only(installed_models, tmp_path):
    drawn = zlib.compress(zlib.compress(b"0 0 m 1 1 l S\n" * 10 ** 7, 9), 9)
    objects = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
               b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(drawn), drawn))
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%sendobj\n" % (number, text) for number, text in enumerate(objects, 1))
    (tmp_path / "bomb.pdf").write_bytes(body + b"trailer<</Size 5/Root 1 0 R>>\n%%EOF")
    worker = Worker(READING, 1_200_000_000)
    task = {"path": str(tmp_path / "bomb.pdf"), "frame": 0, "decoder": "greedy", "language": None,
            "language_models": None, "whole": None, "keep_doubtful": False, "page": str(tmp_path / "1.json"),
            "picture": str(tmp_path / "1.jpg")}
    assert worker.call(task, 60).fault.code in ("crashed", "too_large", "unreadable")
    (tmp_path / "bomb.pdf").write_bytes(saved(part(), "PDF"))
    assert worker.call(task, 60).fault is None
    worker.stop()


@pytest.mark.parametrize("content, said", [
    ((SAMPLES / "harbour.jpg").read_bytes()[:9000], "damaged or cut short"),
    (saved(Image.new("L", (3, 3)), "PNG"), "too small"),
    (huge(), "100000 x 100000 pixels are over the limit of 100,000,000")])
def test_pictures_that_cannot_be_read_say_why(reader, content, said):
    job = send(reader, content)
    assert job["state"] == "failed" and said in job["error"]["message"] and "OCR_MAX" not in job["error"]["message"]
    assert "/" not in job["error"]["message"]
