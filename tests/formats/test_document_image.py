"""One finder of a document's image: every way in which documents of other programs and copies between systems name it."""
from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from ocr.errors import ImageError
from ocr.formats.document_image import ImageIndex, find_file, find_image
from ocr.page.model import Page

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Brief Müller") for form in ("NFC", "NFD"))


@pytest.fixture
def lay_out(tmp_path):
    """Make empty files; return the finder's answer, as a path from the top folder."""
    def run(document, named, *files, indexed=False):
        for name in (document, *files):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        index = ImageIndex(sorted(path for path in tmp_path.rglob("*") if path.is_file())) if indexed else None
        found = find_image(tmp_path / document, Page(named.replace("TOP", tmp_path.as_posix()), (10, 10)), index)
        return Path(os.path.relpath(found, tmp_path)).as_posix()

    return run


@pytest.mark.parametrize("document, named, image", [
    ("out/p.xml", "../in/p.png", "in/p.png"),                                       # this program's
    ("p.xml", "TOP/elsewhere/p.tif", "elsewhere/p.tif"),                            # absolute
    ("ws/SEG/x/F_1.xml", "OCR-D-IMG/F_1.jpg", "ws/OCR-D-IMG/F_1.jpg"),              # OCR-D, from the folder of mets.xml
    ("ws/SEG/F_1.xml", "IMG/F_1.jpg", "ws/IMG/F_1.jpg"),                            # OCR-D, mets.xml not copied along
    ("seg/p001.xml", "img/p001.jpg", "img/p001.jpg"),                               # kraken, from the folder above
    ("page/0001.xml", "0001.jpg", "0001.jpg"),                                      # Transkribus
    ("a/p.xml", "/home/other/scans/p.jpg", "a/p.jpg"),                              # the bare name beside it
    ("a/p.xml", "C:\\scans\\p.jpg", "a/p.jpg"),
    ("a/p.xml", "..\\img\\p.jpg", "img/p.jpg"),
    ("a/p.xml", "file:///C:/scans/p.jpg", "a/p.jpg"),
    ("a/p.xml", "file://TOP/my%20scans/p.jpg", "my scans/p.jpg"),
    ("a/p.xml", "https://iiif.example/scans/p%201.jpg?width=9", "a/p 1.jpg"),
    ("a/p.xml", COMPOSED + ".jpg", f"a/{DECOMPOSED}.jpg"),
    ("a/p.xml", DECOMPOSED + ".jpg", f"a/{COMPOSED}.jpg"),
    ("a/p.xml", f"../{DECOMPOSED}/IMG.jpg", f"{COMPOSED}/img.jpg"),                 # in folders' names, too
    ("a/p.xml", "brief1.jpg", "a/Brief1.JPG"),
    ("a/p.xml", "brief1.tif", "a/brief1.jpg"),
    ("a/p.xml", "../img/brief1.tif", "img/Brief1.png"),
    ("a/brief1.xml", "", "a/brief1.jpg"),
    ("a/brief.v1.xml", "", "a/Brief.v1.JPG"),
])
def test_it_is_found(lay_out, document, named, image):
    extra = ["ws/mets.xml"] if document.startswith("ws/SEG/x") else []
    assert lay_out(document, named, image, *extra) == image
    assert lay_out(document, named, image, *extra, indexed=True) == image           # as training finds it


@pytest.mark.parametrize("named, right, wrong", [
    ("p.jpg", "a/p.jpg", "p.jpg"),                              # beside it, not above it
    ("p.jpg", "a/p.jpg", "a/P.jpg"),
    ("p.jpg", "a/P.jpg", "a/p.tif"),                            # another case before another suffix
    ("p.tif", "p.tif", "a/p.png"),                              # the exact name above it before a like one beside it
    ("p.jp2", "a/p.png", "a/p.tif"),
    ("p.jp2", "a/p.tif", "a/P.png"),
    ("img/p.jpg", "img/p.jpg", "a/p.jpg"),
    ("", "a/d.png", "a/d.gif"),
])
def test_the_likelier_one_is_taken(lay_out, named, right, wrong):
    assert lay_out("a/d.xml", named, right, wrong) == right


@pytest.mark.parametrize("named", ["gone.png", "", "x" * 5000 + ".png", "a\0b.png", "..", "/", "\\", ".", "d.xml/p.png"])
def test_what_is_not_there_says_where_was_looked(lay_out, tmp_path, named):
    with pytest.raises(ImageError, match="d.xml: its image .* was not found, looked for .*Put the image beside") as caught:
        lay_out("a/d.xml", named, "a/other.png", "a/gone.txt")
    if named == "gone.png":
        for place in (tmp_path / "a" / "gone.png", tmp_path / "gone.png"):
            assert str(place) in str(caught.value)


def test_an_image_of_the_documents_own_name_does_not_stand_for_a_named_one(lay_out):
    """Beside a result may lie its overlay: it would be read in place of the image that is gone."""
    with pytest.raises(ImageError):
        lay_out("out/p0.xml", "../in/scan.png", "out/p0.png")


def test_a_folder_of_the_images_name_is_no_image(lay_out, tmp_path):
    (tmp_path / "a" / "p.jpg").mkdir(parents=True)
    assert lay_out("a/d.xml", "p.jpg", "p.jpg") == "p.jpg"


def test_a_document_named_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "seg").mkdir()
    (tmp_path / "seg" / "p.xml").touch()
    (tmp_path / "p.png").touch()
    monkeypatch.chdir(tmp_path / "seg")
    assert os.path.samefile(find_image(Path("p.xml"), Page("p.png", (1, 1))), tmp_path / "p.png")


def test_data_sets_take_the_nearest_of_several(lay_out):
    files = ["north/img/0001.png", "south/img/0001.png", "north/img/deep/0001.png"]
    assert lay_out("south/page/x/0001.xml", "0001.tif", *files, indexed=True) == "south/img/0001.png"
    assert lay_out("north/page/x/0001.xml", "0001.tif", *files, indexed=True) == "north/img/0001.png"


def test_data_sets_find_an_image_of_the_documents_own_name(lay_out):
    assert lay_out("alto/imp_2.xml", "Scan two.tif", "jpg/imp_2.jpg", indexed=True) == "jpg/imp_2.jpg"
    assert lay_out("alto/imp_2.xml", "Scan two.tif", "jpg/x/y/scan TWO.jpg", indexed=True) == "jpg/x/y/scan TWO.jpg"
    with pytest.raises(ImageError, match="whole data set"):
        lay_out("alto/imp_3.xml", "three.tif", indexed=True)


def test_data_sets_take_images_only(lay_out):
    assert lay_out("a/p.xml", "scan.pdf", "a/scan.pdf") == "a/scan.pdf"
    assert lay_out("a/p.xml", "scan.pdf", "b/scan.png", indexed=True) == "b/scan.png"


def test_files_by_another_spelling(tmp_path):
    (tmp_path / "Müller").mkdir()
    (tmp_path / "Müller" / "A.png").touch()
    name = unicodedata.normalize("NFD", "Müller") + "/a.png"
    assert find_file(tmp_path, name) == tmp_path / "Müller" / "A.png"
    assert find_file(tmp_path, name, str) is None
    assert find_file(tmp_path, "Müller") is None and find_file(tmp_path, "") is None
