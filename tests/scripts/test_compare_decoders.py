"""Decoders compared, and chosen, on a page that is read by the network that ships."""
from __future__ import annotations

import json
import runpy
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

from ocr import __main__ as program
from ocr.page.model import Reading
from ocr.formats.page_xml import page_xml_bytes, read_page_xml
from ocr.scoring import sclite
from ocr.scoring.error_rates import TextPair, score_texts

ROOT = Path(__file__).parents[2]


def main(script, *words):
    return runpy.run_path(str(ROOT / "scripts" / f"{script}.py"))["main"]([str(word) for word in words])


@pytest.fixture(scope="module")
def read(tmp_path_factory, installed_models):
    """A folder with a small sample page and what `python -m ocr read --decoder greedy` writes and prints of it."""
    folder, printed = tmp_path_factory.mktemp("read"), StringIO()
    with Image.open(ROOT / "samples" / "harbour.jpg") as image:
        image.resize((image.width // 2, image.height // 2)).save(folder / "harbour.png")
    with redirect_stdout(printed):
        assert program.main(["read", str(folder / "harbour.png"), "--decoder", "greedy", "--threads", "1",
                             "--page-xml", str(folder)]) == 0
    (folder / "printed").write_text(printed.getvalue(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def data(read, tmp_path_factory):
    """A data set of that page: three lines, whose ground truth is what was read greedily, with a letter more in each."""
    folder = tmp_path_factory.mktemp("data")
    page = read_page_xml(next(read.glob("*.xml")))
    region = max(page.regions, key=lambda region: len(region.lines))
    lines = tuple(replace(line, words=(), readings=(Reading(line.text + "x"),)) for line in region.lines[:3])
    page = replace(page, regions=(replace(region, lines=lines),))
    (folder / "harbour.png").write_bytes((read / "harbour.png").read_bytes())
    (folder / "harbour.xml").write_bytes(page_xml_bytes(page))
    (folder / "validation.txt").write_text("harbour\n")
    return folder


def test_the_decoder_of_a_page_is_noted_with_it(read):
    page = read_page_xml(next(read.glob("*.xml")))
    printed = (read / "printed").read_text(encoding="utf-8")
    ground_truth = (ROOT / "samples" / "harbour.txt").read_text(encoding="utf-8")
    assert printed == page.text + "\n" and score_texts([TextPair(ground_truth, printed, "p")]).cer < 0.3
    assert dict(page.steps[-1].settings) == {"decoder": "greedy"}


def test_the_last_line_has_the_figures_of_each_decoder(data, language_folder, capsys):
    names = ["greedy", "beam", "beam+lm"]
    assert main("compare_decoders", "--data", f"page:{data}", "--language-model", language_folder, "--json",
                "--decoders", *names) == 0
    *shown, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert list(found) == ["decoders"] and list(found["decoders"]) == names
    rows = [line for line in shown if line.startswith(tuple(f"| {name} |" for name in names))]
    assert len(rows) == 3 and "3 lines of 1 pages; NFC" in shown[-1] and "Old protocol: NFC, spaces dropped" in shown[-1]
    for name, row in zip(names, rows):
        figures = found["decoders"][name]
        assert row.startswith(f"| {name} | {100 * figures['cer']:.2f} % | {100 * figures['wer']:.2f} % |")
        assert f"| {100 * figures['old_protocol']['cer']:.2f} % |" in row
        assert figures["lines"] == 3 and figures["lines_per_second"] > 0 and "sclite" not in figures
    assert found["decoders"]["greedy"]["cer_gain"] == [0, 0] and found["decoders"]["greedy"]["character_edits"] >= 3


def test_compared_rates_are_those_of_the_score_verb(data, language_folder, capsys):
    options = ["--data", f"page:{data}", "--language-model", language_folder, "--json"]
    assert main("compare_decoders", *options, "--decoders", "beam+lm", "beam") == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["decoders"]
    assert list(found) == ["beam+lm", "beam"] and found["beam+lm"]["cer_gain"] == [0, 0]
    assert found["beam"]["cer_gain"] == pytest.approx([found["beam+lm"]["cer"] - found["beam"]["cer"]] * 2)
    for name, figures in found.items():
        assert main("3_recognise_text", "score", *options, "--decoder", name) == 0
        scored = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert {rate: figures[rate] for rate in ("cer", "wer", "lines")} == {
            rate: scored[rate] for rate in ("cer", "wer", "lines")}


def test_a_corrector_is_compared_and_read_with(data, language_folder, corrector_folder, capsys, tmp_path):
    options, name = ["--language-model", language_folder, "--threads", "1"], str(corrector_folder)
    assert main("compare_decoders", "--data", f"page:{data}", *options, "--json", "--decoders", "beam+lm", name) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["decoders"]
    assert list(found) == ["beam+lm", name] and found[name]["lines"] == 3
    assert main("3_recognise_text", "score", "--data", f"page:{data}", *options, "--json", "--decoder", name) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["cer"] == found[name]["cer"]
    assert main("3_recognise_text", "run", *options, "--decoder", name, data / "harbour.xml", tmp_path) == 0
    settings = dict(read_page_xml(tmp_path / "harbour.xml").steps[-1].settings)
    assert settings["decoder"] == "corrector" and settings["corrector"].startswith("unreleased ")


@pytest.mark.skipif(not sclite.installed(), reason="sclite is not installed")
def test_sclite_counts_the_same(data, capsys, tmp_path):
    words = ["--data", f"page:{data}", "--decoders", "greedy", "beam", "--sclite", tmp_path / "trn", "--json"]
    assert main("compare_decoders", *words) == 0
    *shown, last = capsys.readouterr().out.splitlines()
    for name, figures in json.loads(last)["decoders"].items():
        for unit, tokens, errors in (("characters", "characters", "character_edits"), ("words", "words", "word_edits")):
            found = figures["sclite"][unit]
            assert found["equal"] and (found["tokens"], found["errors"]) == (figures[tokens], figures[errors])
            row = next(line for line in shown if line.startswith(f"| {name} | {unit} |"))
            assert f" | {found['percent']} % | " in row and " | yes | " in row
    assert sorted(path.name for path in (tmp_path / "trn").iterdir() if path.suffix == ".trn") == [
        f"{name}.{unit}.trn" for name in ("beam", "greedy", "reference") for unit in ("characters", "words")]


def test_without_sclite_nothing_is_read_and_it_is_said_what_to_install(data, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert main("compare_decoders", "--data", "page:nowhere", "--sclite") == 1
    assert "apt-get install sctk" in capsys.readouterr().err


@pytest.mark.parametrize("options, words", [
    (["--language-model", "nowhere"], "'nowhere'"), (["--decoders", "."], "'.'"), (["--split", "nosuch"], "nosuch"),
    (["--lines", "numbers"], "of the kind 'numbers'")])
def test_what_is_not_there_is_named_in_one_line(data, installed_models, capsys, options, words):
    assert main("compare_decoders", "--data", f"page:{data}", *options) == 1
    *_, error = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ") and words in error
