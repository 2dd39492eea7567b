"""Images of single lines: every layout of labels, splits by label, by writer and by list, and labels that are wrong."""
from __future__ import annotations

import json
import unicodedata

import pytest
from PIL import Image

from ocr.datasets.line_images import LineImages
from ocr.datasets.opening import open_dataset, report
from ocr.errors import DatasetError

TEXT = 'Она сказала: "да"'
ROWS = [("w1/a.png", TEXT, "w1", "train"), ("w1/b.png", "second, line", "w1", "train"), ("w2/a.png", "third", "w2", "validation")]


def draw(folder, *files):
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (60, 20), 200).save(folder / file)


def write(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode())


def texts(dataset, split="all"):
    return {page.image.name if page.name == page.image.name else f"{page.name}:{page.image.name}": page.page.text
            for page in dataset.pages(split)}


def tsv(rows, end="\n"):
    return end.join("\t".join(row) for row in [("file", "text", "writer", "split"), *rows]) + end


LABELS = {
    "labels.tsv": tsv(ROWS),
    "labels.csv": 'file,text,writer,split\nw1/a.png,"Она сказала: ""да""",w1,train\nw1/b.png,"second, line",w1,train\n'
                  "w2/a.png,third,w2,validation\n",
    "labels.json": json.dumps([dict(zip(("file", "text", "writer", "split"), row)) for row in ROWS]),
    "labels.jsonl": "\n\n".join(json.dumps(dict(zip(("file", "text", "writer", "split"), row))) for row in ROWS) + "\n"}


@pytest.mark.parametrize("place", ["", "images/"])
@pytest.mark.parametrize("name", LABELS)
def test_labels_with_writers_and_splits(tmp_path, name, place):
    write(tmp_path, name, "\ufeff" + LABELS[name])
    draw(tmp_path, *(place + row[0] for row in ROWS))
    dataset = open_dataset(f"lines:{tmp_path}")
    assert texts(dataset) == {"w1:a.png": TEXT, "w1:b.png": "second, line", "w2:a.png": "third"}
    assert texts(dataset, "train") == {"w1:a.png": TEXT, "w1:b.png": "second, line"}
    assert texts(dataset, "validation") == {"w2:a.png": "third"}
    page = dataset.pages("validation")[0]
    assert (page.writer, page.page.size, next(page.page.lines).polygon.box.width) == ("w2", (20, 60), 60)
    assert dataset.missing == dataset.problems == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quotes_in_tab_separated_labels_are_text(tmp_path, end):
    write(tmp_path, "labels.tsv", tsv([("a.png", '"open', "", ""), ("b.png", 'in "the" middle"', "unknown", "")], end))
    draw(tmp_path, "a.png", "b.png")
    assert texts(LineImages(tmp_path)) == {"a.png": '"open', "b.png": 'in "the" middle"'}   # no writer: named by its file


def test_an_object_of_files_and_texts(tmp_path):
    write(tmp_path, "labels.json", '{"a.png": "x", "b.png": "y"}')
    draw(tmp_path, "a.png", "b.png")
    assert texts(LineImages(tmp_path)) == {"a.png": "x", "b.png": "y"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_decomposed_labels_and_names(tmp_path, form):
    name, text = (unicodedata.normalize("NFD", word) for word in ("việt.png", "Đường Việt"))
    write(tmp_path, "labels.tsv", tsv([(name, text, "", "")]))
    draw(tmp_path, unicodedata.normalize(form, name))
    write(tmp_path, "validation.txt", unicodedata.normalize(form, name))
    dataset = LineImages(tmp_path)
    assert [page.page.text for page in dataset.pages("validation")] == [unicodedata.normalize("NFC", text)]
    assert dataset.missing == dataset.problems == []


def test_windows_paths_in_labels(tmp_path):
    write(tmp_path, "labels.tsv", tsv([("w1\\a.png", "x", "", "")]))
    draw(tmp_path, "w1/a.png")
    assert list(texts(LineImages(tmp_path)).values()) == ["x"]


def test_kalapas_annotations(tmp_path):
    write(tmp_path, "annotations/0.txt", "0/0.jpg\tmột\n0/1.jpg\thai\tba\n\n")
    write(tmp_path, "annotations/7.txt", "7/0.jpg\tbốn\n")
    write(tmp_path, "annotations/._7.txt", "\x00")
    draw(tmp_path, *(f"images/{file}" for file in ("0/0.jpg", "0/1.jpg", "7/0.jpg")))
    write(tmp_path, "validation_writers.txt", "7\n")
    dataset = LineImages(tmp_path)
    assert [page.page.text.split()[0] for page in dataset.pages("train")] == ["một", "hai"]
    assert texts(dataset, "validation") == {"7:0.jpg": "bốn"}
    assert {page.writer for page in dataset.pages("all")} == {"0", "7"} and dataset.problems == []


def test_a_text_file_beside_each_image(tmp_path):
    folder = tmp_path / "v1.0"                                          # a dot in a folder's name
    for name, text in (("a/0001", "eins"), ("a/0002", "zwei"), ("b/x.1", "drei"), ("b/gone", "vier"), ("b/.hidden", "\x00")):
        write(folder, f"{name}.gt.txt", f"{text}\n")
    draw(folder, "a/0001.png", "a/0002.bin.png", "a/0002.nrm.png", "b/x.1.JPG", "b/x.2.png", "a/0001.0.png")
    dataset = LineImages(folder)
    assert {page.name: page.page.text for page in dataset.pages("all")} == {
        "a/0001.png": "eins", "a/0002.bin.png": "zwei", "b/x.1.JPG": "drei"}
    assert dataset.missing == ["b/gone"]
    assert dataset.problems == [f"{folder}: 1 images have no .gt.txt file, such as b/x.2.png; they are left out"]
    assert report(dataset)[0] == "lines: 1 pages have no image, such as b/gone"


@pytest.mark.parametrize("entries, train, validation", [
    ("w2\n", ["w1/a", "w1/b"], ["w2/a"]),
    ("w2/a.png\n", ["w1/a", "w1/b"], ["w2/a"]),
    ("images/W2/A\r\n", ["w1/a", "w1/b"], ["w2/a"]),
    ("w2\\a.png\n", ["w1/a", "w1/b"], ["w2/a"])])
@pytest.mark.parametrize("place", ["splits/validation.txt", "validation_writers.txt", "validation_pages.txt"])
def test_lists_of_writers_or_images(tmp_path, place, entries, train, validation):
    write(tmp_path, "labels.tsv", tsv([(*row[:3], "") for row in ROWS]))
    write(tmp_path, place, entries)
    draw(tmp_path, *(row[0] for row in ROWS))
    dataset = LineImages(tmp_path)
    for split, names in (("train", train), ("validation", validation), ("all", train + validation)):
        found = [page.image.relative_to(tmp_path).with_suffix("").as_posix() for page in dataset.pages(split)]
        assert found == names
    assert dataset.problems == []
    with pytest.raises(DatasetError, match="no split 'test'"):
        dataset.pages("test")


@pytest.mark.parametrize("entry", ["w1\n", "w1/a.png\nw1/b.png\n"])
def test_a_list_for_training_is_all_that_is_trained_on(tmp_path, entry):
    write(tmp_path, "labels.tsv", tsv([(*row[:3], "") for row in ROWS]))
    write(tmp_path, "train.txt", entry)
    draw(tmp_path, *(row[0] for row in ROWS))
    assert list(texts(LineImages(tmp_path), "train")) == ["w1:a.png", "w1:b.png"]


def test_an_image_in_a_list_is_no_writer_of_that_name(tmp_path):
    write(tmp_path, "labels.tsv", tsv([("5/0.png", "x", "5", ""), ("0/9.png", "y", "0", "")]))
    write(tmp_path, "validation.txt", "8/0.png\n5/0.png\n")
    draw(tmp_path, "5/0.png", "0/9.png")
    dataset = LineImages(tmp_path)
    assert texts(dataset, "validation") == {"5:0.png": "x"}
    assert [problem for problem in dataset.problems if "8/0.png" in problem]


@pytest.mark.parametrize("asked", [("train",), ("validation",), ("validation", "train")])
@pytest.mark.parametrize("how", ["labels", "list", "lists"])
def test_a_writer_in_two_splits_is_reported_once(tmp_path, how, asked):
    split = ("train", "validation") if how == "labels" else ("", "")
    write(tmp_path, "labels.tsv", tsv([("a.png", "x", "w1", split[0]), ("b.png", "y", "w1", split[1]),
                                       ("c.png", "z", "w2", split[0])]))
    if how != "labels":
        write(tmp_path, "validation.txt", "b.png\n")
    if how == "lists":
        write(tmp_path, "train.txt", "a.png\nc.png\n")
    draw(tmp_path, "a.png", "b.png", "c.png")
    dataset = LineImages(tmp_path)
    for one in asked:
        dataset.pages(one)
    assert dataset.problems == [f"{tmp_path}: 1 writers or images are in both train and validation, such as w1"]


def test_labels_that_hold_back_some_leave_the_rest_for_training(tmp_path):
    write(tmp_path, "labels.tsv", tsv([("a.png", "x", "w1", ""), ("b.png", "y", "w2", "validation")]))
    draw(tmp_path, "a.png", "b.png")
    dataset = LineImages(tmp_path)
    assert texts(dataset, "train") == {"w1:a.png": "x"} and dataset.problems == []


def test_images_without_a_split_beside_others_are_reported(tmp_path):
    write(tmp_path, "labels.tsv", tsv([("a.png", "x", "w1", "train"), ("b.png", "y", "w2", ""), ("c.png", "y", "w3", "dev")]))
    draw(tmp_path, "a.png", "b.png", "c.png")
    dataset = LineImages(tmp_path)
    assert texts(dataset, "train") == {"w1:a.png": "x"} and texts(dataset, "dev") == {"w3:c.png": "y"}
    assert dataset.pages("test") == []
    assert dataset.problems == [f"{tmp_path}: the labels put 1 images into no split; they are left out",
                                f"{tmp_path}: the labels put no image into the split 'test', but into 'dev', 'train'"]


def test_missing_and_broken_images_and_repeats_are_named_once(tmp_path):
    write(tmp_path, "labels.tsv", tsv([("a.png", "first", "", ""), ("a.png", "again", "", ""), ("gone.png", "y", "", ""),
                                       ("broken.png", "z", "", ""), (".", "dot", "", "")]))
    draw(tmp_path, "a.png")
    write(tmp_path, "broken.png", "no image")
    dataset = LineImages(tmp_path)
    for _ in range(2):
        assert texts(dataset) == {"a.png": "first"}
    assert dataset.missing == ["gone.png", "."] and len(dataset.problems) == 2
    assert "a.png is labelled 2 times; its first label is used" in dataset.problems[0]
    assert "broken.png: the image cannot be read" in dataset.problems[1]


@pytest.mark.parametrize("name, text, message", [
    ("labels.tsv", "a.png\tx\n", "labels.tsv names no image"),
    ("labels.tsv", "image\tlabel\na.png\tx\n", "entry 1 has no file and text, but.*a.png"),
    ("labels.tsv", "file\ttext\na.png\tx\nb.png\n", "entry 2"),
    ("labels.tsv", "file\ttext\n\tx\n", "entry 1"),
    ("labels.tsv", "", "names no image"),
    ("labels.csv", 'file,text\na.png,"x\nb.png,y\n', "labels.csv cannot be read as a table"),
    ("labels.csv", "file,text\na.png," + "x" * 200_000, "labels.csv cannot be read as a table"),
    ("labels.json", "{", "labels.json: is no JSON"),
    ("labels.json", "[" * 100_000, "labels.json: is no JSON"),
    ("labels.json", "3", "labels.json: is '3'"),
    ("labels.json", "[3]", "entry 1"),
    ("labels.json", '[{"file": "a.png", "text": 5}]', "entry 1"),
    ("labels.json", '[{"file": ["a.png"], "text": "x"}]', "entry 1"),
    ("labels.json", '{"a.png": null}', "entry 1"),
    ("labels.jsonl", '{"file": "a.png", "text": "x"}\n{"file"', "labels.jsonl, line 2: is no JSON"),
    ("labels.jsonl", '["a.png", "x"]', "entry 1"),
    ("annotations/w.txt", "w/0.jpg\tx\nw/1.jpg x\n", "w.txt, line 2: .*'w/1.jpg x'"),
    ("annotations/w.txt", "\tx\n", "w.txt, line 1"),
    ("annotations/w.txt", "", "holds no labels"),
    ("other.txt", "", "holds no labels: neither labels.tsv.*annotations.*.gt.txt")])
def test_wrong_labels_are_one_clear_error(tmp_path, name, text, message):
    (tmp_path / "images").mkdir()
    write(tmp_path, name, text)
    with pytest.raises(DatasetError, match=message) as caught:
        open_dataset(f"lines:{tmp_path}")
    assert str(tmp_path) in str(caught.value) and len(str(caught.value)) < 600


@pytest.mark.parametrize("name", ["labels.tsv", "labels.csv", "labels.json", "labels.jsonl", "a.gt.txt"])
def test_labels_that_are_not_utf8_are_one_clear_error(tmp_path, name):
    (tmp_path / name).write_bytes("file\ttext\na.png\tcafé\n".encode("latin-1"))
    with pytest.raises(DatasetError, match=f"{name} cannot be read as labels"):
        LineImages(tmp_path)


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(DatasetError, match="is not a folder"):
        LineImages(tmp_path / "none")
