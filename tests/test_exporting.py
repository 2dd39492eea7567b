"""Documents in other formats: what is done is not done again, and one bad page, file or image loses no other."""
import os

import pytest
from PIL import Image

from ocr import exporting
from ocr.errors import ImageError, OutputError
from ocr.images.load import read_frame
from ocr.batch.results import FAILURES, RECORD, Job, Results
from ocr.formats.available import FORMATS, Format
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Sheet
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
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_one_file_a_page_and_format_and_none_twice(documents, tmp_path):
    out = tmp_path / "out"
    first = exporting.export_documents([documents], out, ["txt", "hocr", "txt", "page"])
    assert (first.made, first.skipped, first.failed) == (2, 0, 0)
    assert _files(out) == ["a.hocr", "a.txt", "a.xml", "b.hocr", "b.txt", "b.xml"]
    assert (out / "b.txt").read_text() == "b\n" and read_page_xml(out / "a.xml").image_filename == "../in/a.png"
    (out / "a.hocr").unlink()
    second = exporting.export_documents([documents], out, ["txt", "hocr", "page"])
    assert (second.made, second.skipped) == (1, 1) and (out / "a.hocr").exists()
    (documents / "b.png").write_bytes((documents / "a.png").read_bytes() + b"more")
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
    with pytest.raises(OutputError, match="no .odd can be written .odd"):
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
    Results(out, (), (), "").fail(Job(documents / "a.xml"), ValueError("odd"), "odd")
    exporting.export_documents([documents], out, ["txt"])
    assert not (out / FAILURES).exists()


@pytest.mark.parametrize("name", ["page", "alto"])
def test_xml_is_not_written_among_the_documents(documents, name):
    with pytest.raises(OutputError, match="another output folder"):
        exporting.export_documents([documents], documents, ["txt", name])
    assert exporting.export_documents([documents], documents, ["txt"]).made == 2


def test_files_of_two_pages_do_not_take_one_name(documents, tmp_path):
    page = (documents / "a.xml").read_bytes()
    (documents / "a.alto.xml").write_bytes(page)
    assert exporting.export_documents([documents], tmp_path / "out", ["page", "alto"]).made == 3
    assert len(_files(tmp_path / "out")) == 6


def test_a_pdf_that_a_document_is_about_is_not_written_over(documents, tmp_path):
    (documents / "a.pdf").write_bytes(FORMATS["pdf"].write([Sheet(_page("a.png", "a"), documents / "a.png")]))
    before = (documents / "a.pdf").read_bytes()
    (documents / "a.xml").write_bytes(page_xml_bytes(_page("a.pdf", "a")))
    summary = exporting.export_documents([documents / "a.xml"], documents, ["pdf"])
    assert summary.failed == 1 and (documents / "a.pdf").read_bytes() == before
    assert "a.pdf: is there already" in (documents / FAILURES).read_text()


def test_files_of_a_version_without_records_are_kept_while_they_are_newer(documents, tmp_path):
    out = tmp_path / "out"
    exporting.export_documents([documents], out, ["txt"])
    (out / RECORD).unlink()
    assert exporting.export_documents([documents], out, ["txt"]).skipped == 2
    os.utime(out / "b.txt", (0, 0))
    summary = exporting.export_documents([documents], out, ["txt"])
    assert (summary.skipped, summary.failed) == (1, 1)


def test_a_full_disk_ends_the_export(documents, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ocr.output.os.replace", full)
    with pytest.raises(OutputError, match="a.txt.*No space left"):
        exporting.export_documents([documents], tmp_path / "out", ["txt"])


def test_one_kind_of_file_that_cannot_be_made_loses_no_other(documents, brittle):
    contents, errors = exporting.page_contents(_page("anything", "b"), read_frame(documents / "b.png"), ["odd", "txt", "overlay"],
                                               documents)
    assert list(contents) == [".txt", ".jpg"] and [str(error) for error in errors] == ["odd"]
    contents, errors = exporting.page_contents(_page("anything", "a"), read_frame(documents / "a.png"), ["odd"], documents.parent)
    assert contents == {".odd": b"in/a.png a.png"} and not errors
