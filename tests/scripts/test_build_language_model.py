"""Language models from text files and data sets: figures, what is kept out, and errors in one line."""
from __future__ import annotations

import json
import lzma
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.ngrams.file import load_ngrams
from ocr.models.store import require
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region
from ocr.formats.page_xml import page_xml_bytes
from ocr.text.alphabet import Alphabet

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_language_model.py"


def build(*words):
    return runpy.run_path(str(SCRIPT))["main"]([str(word) for word in words])


def random_lines(letters="abcd", count=200, length=60, seed=0):
    """Lines of letters without any order: two bits each if there are four."""
    return ["".join(line) for line in np.random.default_rng(seed).choice(list(letters), (count, length))]


def numbered_lines(count=100):
    """Lines that share no word."""
    names = iter("".join(chr(ord("a") + number // 26 ** place % 26) for place in range(3)) for number in range(5 * count))
    return [" ".join(next(names) for _ in range(5)) for _ in range(count)]


def write_pages(folder, **texts):
    """Write PAGE-XML with images, one page of lines for each name; those called validation... are held out."""
    folder.mkdir()
    for name, lines in texts.items():
        region = Region("r", Polygon.from_box(Box(0, 0, 90, 90)), tuple(
            Line(f"l{row}", Polygon.from_box(Box(5, 5 + 20 * row, 85, 20 + 20 * row)), readings=(Reading(text),))
            for row, text in enumerate(lines)))
        Image.new("L", (100, 100), 255).save(folder / f"{name}.png")
        (folder / f"{name}.xml").write_bytes(page_xml_bytes(Page(f"{name}.png", (100, 100), (region,))))
    (folder / "validation.txt").write_text("\n".join(name for name in texts if name.startswith("validation")))
    return folder


def learned(lines):
    """Characters that are left to learn from: every fiftieth line is to measure with."""
    return sum(len(line) for number, line in enumerate(lines) if number % 50)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(random_lines()))
    return path


def test_a_model_is_built_measured_and_found_again(text, tmp_path, capsys):
    out = tmp_path / "new" / "model"
    assert build(text, out, "--order", 4) == 0
    printed = capsys.readouterr()
    (line,) = printed.out.splitlines()
    figures = json.loads(line)
    assert "200 lines, 0 of them left out for what they share, 4 to measure with" in printed.err
    assert (figures["lines"], figures["learned_characters"]) == (4, learned(random_lines()))
    assert 1.97 < figures["bits_per_character"] < 2.2           # the lines measured with are not among those learned
    assert sorted(path.name for path in out.iterdir()) == ["ngrams.npz", "run.json"]
    assert figures["bytes"] == (out / "ngrams.npz").stat().st_size
    found = require(str(out), "language")
    assert found.folder == out and found.card.parameters == figures["ngrams"]
    assert found.card.training_data == ("text.txt",) and dict(found.card.inputs)["order"] == 4
    model = load_ngrams(out / "ngrams.npz")
    assert model.characters == " abcd" and len(model.ngrams.grams) == 4
    assert sum(len(grams.keys) for grams in model.ngrams.grams) == figures["ngrams"]


def test_bits_are_those_that_the_written_model_finds(text, tmp_path, capsys):
    assert build(text, tmp_path / "model", "--order", 3) == 0
    alphabet, measured = Alphabet(" abcd"), random_lines()[::50]
    model = CharacterModel(load_ngrams(tmp_path / "model" / "ngrams.npz"), alphabet)
    bits = np.mean([model.bits_per_character([line]) for line in measured])     # lines are equally long
    assert json.loads(capsys.readouterr().out)["bits_per_character"] == pytest.approx(bits)


def test_packed_and_plain_files_give_the_same_and_several_are_taken_together(tmp_path, capsys):
    rows = [line.encode() for line in random_lines()]
    (tmp_path / "whole.txt").write_bytes(b"\n".join(rows))
    (tmp_path / "whole.txt.xz").write_bytes(lzma.compress(b"\n".join(rows)))
    (tmp_path / "a.txt").write_bytes(b"\n\n".join(rows[:70]))
    (tmp_path / "b.txt.xz").write_bytes(lzma.compress(b"\r\n".join(rows[70:])))
    for sources in (["whole.txt"], ["whole.txt.xz"], ["a.txt", "b.txt.xz"]):
        assert build(*(tmp_path / name for name in sources), tmp_path / "out", "--order", 3) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == second == third


def test_lines_in_tokens_are_learned_as_people_write_them(tmp_path, capsys):
    (tmp_path / "t.txt").write_text("he did n't , did he ?\n" * 60)
    assert build(tmp_path / "t.txt", tmp_path / "out") == 0
    assert json.loads(capsys.readouterr().out)["learned_characters"] == 58 * len("he didn't, did he?")


def test_lines_that_are_not_utf8_are_counted(tmp_path, capsys):
    (tmp_path / "t.txt").write_bytes("\n".join(random_lines()).encode() + b"\nch\xe2teau\n\xff\xfe\n")
    assert build(tmp_path / "t.txt", tmp_path / "out", "--order", 3) == 0
    said = capsys.readouterr().err
    assert "t.txt: 2 of 202 lines are not UTF-8" in said and "200 lines, 0 of them" in said


def test_what_shares_four_words_with_validation_pages_is_kept_out(tmp_path, capsys):
    lines = numbered_lines()
    words = [line.split() for line in lines]
    pages = write_pages(tmp_path / "pages", train=[lines[10]], validation=[
        f"Xx {' '.join(words[30][:2])}", f"{words[30][2].upper()}, {words[30][3]} xx",      # over two lines of the page
        " ".join(words[60][3:] + words[61][:2]),                                            # over two lines of the text
        " ".join(words[80][:3])])                                                           # only three words
    (tmp_path / "t.txt").write_text("\n".join(lines))
    assert build(tmp_path / "t.txt", tmp_path / "out", "--order", 3, "--rarest", 1, "--keep-out", f"page:{pages}") == 0
    printed = capsys.readouterr()
    left = [line for number, line in enumerate(lines) if number not in (29, 30, 31, 60, 61)]
    assert "100 lines, 5 of them left out" in printed.err
    assert json.loads(printed.out)["learned_characters"] == learned(left)


def test_several_data_sets_are_kept_out(tmp_path, capsys):
    lines = numbered_lines()
    (tmp_path / "t.txt").write_text("\n".join(lines))
    options = []
    for number in (20, 70):
        pages = write_pages(tmp_path / f"pages{number}", validation=[lines[number]])
        options += ["--keep-out", f"page:{pages}"]
    assert build(tmp_path / "t.txt", tmp_path / "out", "--order", 3, "--rarest", 1, *options) == 0
    assert "100 lines, 6 of them left out" in capsys.readouterr().err


def test_training_transcripts_of_a_data_set_are_learned_and_no_others(tmp_path, capsys):
    pages = write_pages(tmp_path / "pages", train=["abc cafe\u0301", "bca  cab"], validation=["xyz zyx"], more=["cba abc"])
    assert build(f"page:{pages}", tmp_path / "out", "--order", 2, "--rarest", 1) == 0
    printed = capsys.readouterr()
    assert "3 lines," in printed.err and json.loads(printed.out)["lines"] == 1
    assert not set("xyz") & set(load_ngrams(tmp_path / "out" / "ngrams.npz").characters)
    assert require(str(tmp_path / "out"), "language").card.training_data == ("page:pages",)


def test_rare_characters_and_rare_ngrams_are_left_out(tmp_path, capsys):
    (tmp_path / "t.txt").write_text("\n".join(["start", *["abab"] * 30, *["abqb"] * 3]))
    assert build(tmp_path / "t.txt", tmp_path / "out", "--order", 3, "--rarest", 20, "--least", 1, 1, 4) == 0
    model = load_ngrams(tmp_path / "out" / "ngrams.npz")
    assert model.characters == " ab"
    assert set(model.ngrams.grams[2].keys.tolist()) == {
        sum(" ab".index(character) << 2 * place for place, character in enumerate(reversed(gram)))
        for gram in ("aba", "bab", "ab ", "b a", " ab")}


@pytest.mark.parametrize("name, content, options, words", [
    ("gone.txt", None, [], "gone.txt cannot be read"),
    ("folder.txt", "folder", [], "folder.txt cannot be read"),
    ("plain.txt.xz", b"plain text", [], "plain.txt.xz cannot be read"),
    ("half.txt.xz", lzma.compress(b"many words " * 999)[:70], [], "half.txt.xz cannot be read"),
    ("empty.txt", b"", [], "No model can be made"),
    ("blank.txt", b" \n\t\n\n", [], "No model can be made"),
    ("one.txt", b"a", [], "No model can be made"),
    ("short.txt", b"abc\nabc\nabc", ["--rarest", 1], "7 tokens, too few for n-grams of 8"),
    ("rare.txt", b"ab cd\nef gh\nij kl mn", [], "0 characters are there 20 times or more"),
    ("text.txt", b"abcdefg\n" * 99, ["--order", 1], "n-grams of 2 or more"),
    ("text.txt", b"abcdefg\n" * 99, ["--least", 1, 999, 999, 999, 999, 999, 999, 999], "no n-gram of two"),
    ("text.txt", b"abcdefg\n" * 99, ["--order", 40], "Ask for n-grams of at most 16"),
    ("page:nowhere", None, [], "nowhere"),
    ("text:some.txt", None, [], "some.txt cannot be read"),
    ("text.txt", b"abcdefg\n" * 99, ["--keep-out", "page:nowhere"], "nowhere"),
    ("text.txt", b"abcdefg\n" * 99, ["--keep-out", "nowhere"], "KIND:DIR")])
def test_what_cannot_be_learned_from_is_said_in_one_line(tmp_path, monkeypatch, capsys, name, content, options, words):
    monkeypatch.chdir(tmp_path)
    if content == "folder":
        Path(name).mkdir()
    elif content is not None:
        Path(name).write_bytes(content)
    assert build(name, "out", *options) == 1
    printed = capsys.readouterr()
    *_, error = printed.err.splitlines()
    assert error.startswith("error: ") and words in error and not printed.out
    assert not Path("out", "ngrams.npz").exists() and not Path("out", "run.json").exists()


def test_a_folder_that_cannot_be_written_is_named(text, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "taken" / "ngrams.npz").mkdir(parents=True)
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "taken"):
        assert build(text, out, "--order", 3) == 1
        printed = capsys.readouterr()
        *_, error = printed.err.splitlines()
        assert error.startswith("error: ") and str(out) in error and not printed.out
    assert (tmp_path / "file").read_text() == "in the way"
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["ngrams.npz"]


@pytest.mark.parametrize("words", [[], ["text.txt"], ["text.txt", "out", "--order", "many"], ["text.txt", "out", "--least"]])
def test_bad_command_lines_are_refused(words, capsys):
    with pytest.raises(SystemExit) as stop:
        build(*words)
    assert stop.value.code == 2 and "usage:" in capsys.readouterr().err
