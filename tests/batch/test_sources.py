"""Which files sources stand for: each is read, or named with a reason."""
from __future__ import annotations

import pytest
from PIL import Image

from ocr.batch.sources import list_readable, list_sources
from ocr.errors import ImageError
from ocr.formats.page_xml import page_xml_bytes
from ocr.page.model import Page


@pytest.fixture
def folder(tmp_path):
    """Two pages with documents, one of another name, an image without one, and what is neither."""
    for name in ("a.png", "b.jpg", "c.png"):
        Image.new("L", (60, 40)).save(tmp_path / name)
    for document, image in (("a.xml", "a.png"), ("page-b.xml", "b.jpg")):
        (tmp_path / document).write_bytes(page_xml_bytes(Page(image, (40, 60))))
    for name in ("mets.xml", "notes.txt", ".hidden.png", "._a.xml"):
        (tmp_path / name).write_text("<mets/>")
    (tmp_path / "folder.xml").mkdir()
    return tmp_path


@pytest.mark.parametrize("reads, names, passed_over", [
    ("both", ["a.xml", "page-b.xml", "c.png"], "neither images nor PAGE-XML or ALTO: mets.xml, notes.txt"),
    ("documents", ["a.xml", "page-b.xml"], "no PAGE-XML or ALTO: c.png, mets.xml, notes.txt"),
    ("images", ["a.png", "b.jpg", "c.png"], "no images: a.xml, mets.xml, notes.txt, page-b.xml")])
def test_every_file_of_a_folder_or_glob_is_read_or_named(folder, capsys, reads, names, passed_over):
    for source in (folder, str(folder / "*")):
        assert [path.name for path in list_sources([source], reads)] == names
        assert capsys.readouterr().err == f"note: {source}: passed over as {passed_over}\n"


def test_images_beside_mets_or_broken_documents_are_read(folder):
    for name in ("a.xml", "page-b.xml"):
        (folder / name).unlink()
    assert [path.name for path in list_sources([folder])] == ["a.png", "b.jpg", "c.png"]
    (folder / "broken.xml").write_text("<PcGts")
    assert [path.name for path in list_sources([folder])] == ["broken.xml", "a.png", "b.jpg", "c.png"]


def test_many_files_are_named_in_one_line(folder, capsys):
    for number in range(9):
        (folder / f"{number}.doc").write_text("")
    list_sources([folder], "images")
    assert "0.doc, 1.doc, 2.doc, 3.doc, 4.doc and 8 more" in capsys.readouterr().err


def test_a_folder_of_images_is_not_read_where_documents_are_needed(folder):
    for name in ("a.xml", "page-b.xml"):
        (folder / name).unlink()
    with pytest.raises(ImageError, match="holds no PAGE-XML or ALTO.*stage 1"):
        list_sources([folder], "documents")


def test_documents_without_any_image_are_listed(folder):
    for path in folder.glob("*.*g"):
        path.unlink()
    assert [path.name for path in list_sources([folder])] == ["a.xml", "page-b.xml"]


def test_a_glob_stands_for_documents_too(folder):
    (folder / "a.xml").rename(folder / "a.XML")
    assert [path.name for path in list_sources([folder / "[ap]*.[xX]*"])] == ["a.XML", "page-b.xml"]


def test_a_source_that_is_not_there_is_a_failure_and_an_error_where_all_are(folder, monkeypatch):
    reasons = []
    assert len(list_readable([folder / "a.png", folder / "nowhere"], "both", reasons.append)) == 1
    assert "nowhere" in reasons[0]
    with pytest.raises(ImageError, match="nowhere"):
        list_readable([folder / "nowhere"], "both", reasons.append)


@pytest.mark.parametrize("name", ["~scan.png", "~"])
def test_names_with_a_tilde_need_no_home(folder, monkeypatch, name):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    Image.new("L", (60, 40)).save(folder / "x.png")
    (folder / "x.png").rename(folder / name)
    assert [path.name for path in list_sources([name])] == [name]


def test_lists_of_files_are_not_taken_for_pages(tmp_path):
    for name in ("METS.xml", "metadata.xml", "0001.xml"):
        (tmp_path / name).touch()
    assert list_sources([tmp_path]) == list_sources([str(tmp_path / "*.xml")]) == [tmp_path / "0001.xml"]
