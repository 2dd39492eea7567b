"""Documents in other formats: what is done is not done again, and one bad page, file or image loses no other."""
import os
from dataclasses import replace

import pytest
from PIL import Image

from ocr import exporting
from ocr.errors import ImageError, OutputError
from ocr.images.load import read_frame
from ocr.output import FAILURES, Failures
from ocr.formats.available import FORMATS, Format
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region
from ocr.formats.page_xml import page_xml_bytes, read_page_xml

BOX = Polygon.from_box(Box(0.0, 0.0, 9.0, 9.0))


def _page(name, text):
    return Page(name, (40, 60), (Region("r", BOX, (Line("l", BOX, readings=(Reading(text),)),)),))


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        Image.new("RGB", (60, 40)).save(folder / f"{name}.png")
        (folder / f"{name}.xml").write_bytes(page_xml_bytes(_page(f"{name}.png", name)))
        os.utime(folder / f"{name}.xml", (1, 1))
        os.utime(folder / f"{name}.png", (1, 1))
    return folder


@pytest.fixture
def brittle(monkeypatch):
    """A format that fails for the page that says b, and says which images it was given."""
    def write(sheets):
        if any(sheet.page.text == "b" for sheet in sheets):
            raise ValueError("odd")
        return " ".join(f"{sheet.page.image_filename} {sheet.image and sheet.image.name}" for sheet in sheets).encode()

    monkeypatch.setattr(exporting, "FORMATS", {**FORMATS, "odd": Format("odd", ".odd", "x/y", True, write)})


def _files(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_one_file_a_page_and_format_and_none_twice(documents, tmp_path):
    out = tmp_path / "out"
    first = exporting.export_documents([documents], out, ["txt", "hocr", "txt", "page"])
    assert (first.made, first.skipped, first.failed) == (2, 0, 0)
    assert _files(out) == ["a.hocr", "a.txt", "a.xml", "b.hocr", "b.txt", "b.xml"]
    assert (out / "b.txt").read_text() == "b\n" and read_page_xml(out / "a.xml").image_filename == "../in/a.png"
    (out / "a.hocr").unlink()
    second = exporting.export_documents([documents], out, ["txt", "hocr", "page"])
    assert (second.made, second.skipped) == (1, 1) and (out / "a.hocr").exists()
    os.utime(documents / "b.png")
    os.utime(out / "b.txt", (2, 2))
    assert exporting.export_documents([documents], out, ["txt"]).made == 1


def test_pages_come_together_in_the_formats_that_hold_several(documents, tmp_path):
    out = tmp_path / "out"
    for _ in range(2):
        summary = exporting.export_documents([documents], out, ["txt", "json", "tsv"], "all")
        assert (summary.made, summary.skipped, summary.exit_code) == (2, 0, 0)
    assert _files(out) == ["a.json", "all.tsv", "all.txt", "b.json"]
    assert (out / "all.txt").read_bytes() == b"a\n\fb\n"


def test_a_page_that_one_format_cannot_hold_is_written_in_the_others(documents, tmp_path, brittle):
    out = tmp_path / "out"
    summary = exporting.export_documents([documents], out, ["odd", "txt"])
    assert (summary.made, summary.failed, summary.exit_code) == (1, 1, 1)
    assert _files(out) == ["a.odd", "a.txt", "b.txt", FAILURES]
    assert "b.xml: ValueError: odd" in (out / FAILURES).read_text()
    assert (out / "a.odd").read_text() == "../in/a.png a.png"


def test_a_page_that_cannot_lie_with_the_others_is_left_out_and_named(documents, tmp_path, brittle):
    out = tmp_path / "out"
    summary = exporting.export_documents([documents], out, ["odd"], "all")
    assert (out / "all.odd").read_text() == "../in/a.png a.png" and summary.exit_code == 1
    assert "b.xml" in (out / FAILURES).read_text()
    with pytest.raises(OutputError, match="all.odd: cannot be written .odd"):
        exporting.export_documents([documents / "b.xml"], tmp_path / "none", ["odd"], "all")


def test_a_document_without_its_picture_is_exported_with_the_name_it_gives(documents, tmp_path, brittle):
    (documents / "a.png").unlink()
    exporting.export_documents([documents / "a.xml"], tmp_path / "out", ["odd"])
    assert (tmp_path / "out" / "a.odd").read_text() == "a.png None"


def test_bad_documents_pictures_and_places_that_are_not_there_do_not_stop_the_others(documents, tmp_path, capsys):
    (documents / "c.xml").write_text("<html/>")
    sources = [documents, tmp_path / "nowhere", documents / "a.png"]
    summary = exporting.export_documents(sources, tmp_path / "out", ["txt"], "all")
    said = capsys.readouterr().err
    assert summary.failed == 3 and "nowhere" in said and "a.png: is not a .xml file" in said and "c.xml: is neither" in said
    assert (tmp_path / "out" / "all.txt").read_text() == "a\n\fb\n"
    with pytest.raises(ImageError, match="nowhere"):
        exporting.export_documents([tmp_path / "nowhere"], tmp_path / "out", ["txt"])


def test_a_failure_is_forgotten_when_the_page_works(documents, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    Failures(out).add(str(documents / "a.xml"), ValueError("odd"))
    exporting.export_documents([documents], out, ["txt"])
    assert not (out / FAILURES).exists()


@pytest.mark.parametrize("name", ["page", "alto"])
def test_xml_is_not_written_among_the_documents(documents, name):
    with pytest.raises(OutputError, match="a.xml is there"):
        exporting.export_documents([documents], documents, ["txt", name])
    assert exporting.export_documents([documents], documents, ["txt"]).made == 2


def test_files_of_two_pages_do_not_take_one_name(documents, tmp_path):
    page = (documents / "a.xml").read_bytes()
    (documents / "a.alto.xml").write_bytes(page)
    summary = exporting.export_documents([documents], tmp_path / "out", ["page", "alto"])
    assert (summary.made, summary.failed) == (2, 1)
    assert "Rename" in (tmp_path / "out" / FAILURES).read_text()


def test_a_full_disk_ends_the_export(documents, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ocr.output.os.replace", full)
    with pytest.raises(OutputError, match="a.txt.*No space left"):
        exporting.export_documents([documents], tmp_path / "out", ["txt"])


def test_a_page_that_was_read_is_saved_in_every_format_asked_for(documents, tmp_path):
    image = read_frame(documents / "a.png")
    page = _page("anything", "a")
    exporting.save_page(page, image, "n", [("txt", tmp_path / "one"), ("json", tmp_path / "two")], tmp_path / "one")
    exporting.save_page(page, replace(image, frame=1), "n", [("page", tmp_path / "one")], None)
    assert _files(tmp_path / "one") == ["n.jpg", "n.txt", "n_0002.xml"] and _files(tmp_path / "two") == ["n.json"]
    assert read_page_xml(tmp_path / "one" / "n_0002.xml").image_filename == "../in/a.png"
