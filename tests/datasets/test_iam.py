"""IAM in its own layout, with all the faults of real copies of it."""
import numpy as np
import pytest
from PIL import Image

from ocr.datasets.iam import IamDataset
from ocr.errors import DatasetError
from ocr.page.geometry import Box


def test_forms_lines_and_words(make_iam):
    dataset = IamDataset(make_iam())
    first, second, third = dataset.pages("all")
    assert (first.name, first.writer, second.writer) == ("a01-000u", "000", "002")
    assert first.image.name == "a01-000u.png" and first.page.size == (160, 400)
    assert [line.text for line in first.page.lines] == ["He said: \"We", "MPs won't go,\" ever."]
    assert [line.text for line in second.page.lines][1] == "(280,000 members)"
    assert third.page.text == "Alone."
    assert (dataset.missing, dataset.problems) == ([], [])
    region, = first.page.regions
    assert region.kind == "paragraph" and region.polygon.box == Box(20, 40, 320, 110)
    assert [line.id for line in region.lines] == ["a01-000u-00", "a01-000u-01"]


def test_word_boxes_hold_their_punctuation_and_unknown_ones_are_left_out(make_iam):
    lines = list(IamDataset(make_iam()).pages("all")[0].page.lines)
    assert [word.text for word in lines[0].words] == ["He", "said:", "\"We"]
    assert lines[0].words[1].polygon.box == Box(70, 42, 128, 68)
    assert lines[0].words[2].polygon.box == Box(140, 40, 192, 70)
    assert [word.text for word in lines[1].words] == ["MPs", "won't"]
    assert len({word.id for line in lines for word in line.words}) == 5


def test_words_marked_err_are_doubtful_with_the_punctuation_that_hangs_on_them(make_iam):
    words = ["a01-000u-00-00 ok 154 20 42 40 26 PP3A He", "a01-000u-00-01 ok 154 70 42 50 26 VBD said",
             "a01-000u-00-02 err 154 122 50 6 18 : :", "a01-000u-00-04 err 154 152 42 40 28 PP1AS We"]
    page, *_ = IamDataset(make_iam(words=words)).pages("all")
    assert [word.text for line in page.page.lines for word in line.words] == ["He", "said:"]
    assert page.doubtful == {"a01-000u-00-01"}


def test_splits(make_iam):
    dataset = IamDataset(make_iam())
    assert [page.name for page in dataset.pages("validation")] == ["b02-010"]
    assert [page.name for page in dataset.pages("train")] == ["a01-000u", "a01-003"]


def test_missing_images_are_counted_once(make_iam):
    dataset = IamDataset(make_iam(drawn=["a01-003"]))
    assert [page.name for page in dataset.pages("all")] == ["a01-003"]
    dataset.pages("all")
    assert dataset.missing == ["a01-000u", "b02-010"]


def test_corrupt_image_is_named_and_the_rest_read(make_iam):
    folder = make_iam()
    (folder / "formsA-D" / "a01-003.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    dataset = IamDataset(folder)
    assert [page.name for page in dataset.pages("all")] == ["a01-000u", "b02-010"]
    assert len(dataset.problems) == 1 and "a01-003.png" in dataset.problems[0]


def test_image_of_another_resolution_is_named(make_iam):
    folder = make_iam()
    Image.fromarray(np.zeros((80, 200), np.uint8)).save(folder / "formsA-D" / "a01-003.png")
    dataset = IamDataset(folder)
    assert len(dataset.pages("all")) == 2
    assert "outside the image of 200 x 80" in dataset.problems[0]


def test_malformed_rows_and_unknown_forms_are_named(make_iam):
    dataset = IamDataset(make_iam(lines=["a01-000u-00 ok 154 6 20 40 300 30 Fine", "a01-000u-01 ok 154 6 x 40 1 1 Bad",
                                         "c03-001-00 ok 154 6 20 40 30 30 Unlisted", "short row"],
                                  words=["z-00-00 ok 154 20 42 40 26 NN lost"], drawn=["a01-000u", "c03-001"]))
    pages = dataset.pages("all")
    assert [page.writer for page in pages] == ["000", "c03-001"]
    named = "\n".join(dataset.problems)
    for part in ("lines.txt:4: 'a01-000u-01", "lines.txt:6: 'short row'", "form c03-001 is not in forms.txt",
                 "line z-00 is not in lines.txt"):
        assert part in named
    assert len(dataset.problems) == 4


def test_words_list_may_be_absent_or_differ(make_iam):
    folder = make_iam(words=["a01-000u-00-00 ok 154 20 42 40 26 PP3A She", "a01-000u-00-09 ok 154 1 2 4 6 NN more"])
    assert [line.words for line in IamDataset(folder).pages("all")[0].page.lines] == [(), ()]
    (folder / "ascii" / "words.txt").unlink()
    assert [line.text for line in IamDataset(folder).pages("all")[0].page.lines][0] == "He said: \"We"


def test_images_of_lines_replace_forms(make_iam):
    folder = make_iam(drawn=["a01-000u"])
    place = folder / "lines" / "a01" / "a01-003"
    place.mkdir(parents=True)
    Image.fromarray(np.full((40, 310), 200, np.uint8)).save(place / "a01-003-01.png")
    dataset = IamDataset(folder)
    form, line = dataset.pages("all")
    assert (line.name, line.writer, line.page.text) == ("a01-003", "002", "(280,000 members)")
    assert next(line.page.lines).polygon.box == Box(0, 0, 310, 40)
    assert dataset.missing == ["b02-010"]


def test_images_of_words_are_used_where_there_is_nothing_else(make_iam):
    folder = make_iam(drawn=[])
    place = folder / "words" / "a01" / "a01-000u"
    place.mkdir(parents=True)
    for name in ("a01-000u-00-01", "a01-000u-01-00", "a01-000u-09-09"):
        Image.fromarray(np.full((30, 70), 200, np.uint8)).save(place / f"{name}.png")
    pages = IamDataset(folder).pages("all")
    assert [(page.name, page.page.text) for page in pages] == [("a01-000u", "said"), ("a01-000u", "MPs")]
    words = [word for page in pages for line in page.page.lines for word in line.words]
    assert [(word.text, word.polygon.box) for word in words] == [("said", Box(0, 0, 70, 30)), ("MPs", Box(0, 0, 70, 30))]
    assert [word.id in page.doubtful for word, page in zip(words, pages)] == [False, True]


XML = """<?xml version="1.0"?><form id="a01-000u" writer-id="007" width="400" height="160"><machine-printed-part>
<machine-print-line text="ignored"/></machine-printed-part><handwritten-part>
<line id="a01-000u-00" segmentation="ok" text="We said &amp;quot;no&amp;quot;."><word id="a01-000u-00-00" tag="PP" text="We">
<cmp x="20" y="40" width="10" height="20"/><cmp x="32" y="44" width="8" height="20"/></word>
<word id="a01-000u-00-01" tag="VBD" text="said"><cmp x="50" y="40" width="30" height="20"/></word>
<word id="a01-000u-00-02" tag="*'" text="&amp;quot;"><cmp x="90" y="40" width="4" height="4"/></word>
<word id="a01-000u-00-03" tag="NN" text="no"><cmp x="96" y="44" width="20" height="16"/></word>
<word id="a01-000u-00-04" tag="**'" text="&amp;quot;"></word><word id="a01-000u-00-05" tag="." text=".">
<cmp x="130" y="58" width="2" height="2"/></word></line>
<line id="a01-000u-01" segmentation="err" text="x"><word id="a01-000u-01-00" text="x"/></line></handwritten-part></form>"""


@pytest.mark.parametrize("mark, doubtful", [("ok", set()), ("err", {"a01-000u-00-00", "a01-000u-00-01"})])
def test_xml_replaces_the_lists(make_iam, mark, doubtful):
    folder = make_iam()
    for path in (folder / "ascii").iterdir():
        path.unlink()
    (folder / "ascii").rmdir()
    (folder / "xml").mkdir()
    (folder / "xml" / "a01-000u.xml").write_text(XML.replace('segmentation="ok"', f'segmentation="{mark}"'))
    (folder / "xml" / "b02-010.xml").write_text("<form><handwritten-part>")
    dataset = IamDataset(folder)
    page, = dataset.pages("all")
    assert (page.writer, page.page.text, page.doubtful) == ("007", "We said \"no\".", doubtful)
    line, = page.page.lines
    assert line.polygon.box == Box(20, 40, 132, 64)
    assert [(word.text, word.polygon.box) for word in line.words] == [("We", Box(20, 40, 40, 64)),
                                                                      ("said", Box(50, 40, 80, 60))]
    assert len(dataset.problems) == 2 and any("b02-010.xml" in problem for problem in dataset.problems)


@pytest.mark.parametrize("remove, message", [("ascii/lines.txt", "lines.txt cannot be read"),
                                             ("ascii/forms.txt", "forms.txt cannot be read")])
def test_missing_lists(make_iam, remove, message):
    folder = make_iam()
    (folder / remove).unlink()
    with pytest.raises(DatasetError, match=message):
        IamDataset(folder)


def test_wrong_folders(make_iam, tmp_path):
    with pytest.raises(DatasetError, match="is not a folder"):
        IamDataset(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="holds no images"):
        IamDataset(make_iam(drawn=[]))
    with pytest.raises(DatasetError, match="holds no row"):
        IamDataset(make_iam(lines=["nonsense"]))
