"""Lexicons from word lists: what is in them, what is left out, what they learn, and errors in one line."""
from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from ocr.decoding.lexicon.opening import default_costs, open_own
from ocr.decoding.lexicon.file import load_lexicon
from ocr.models.registry import registry
from ocr.text.alphabet import Alphabet

pytest.importorskip("hnswlib")
SCRIPT = Path(__file__).parents[2] / "scripts" / "build_lexicon.py"
pytestmark = pytest.mark.usefixtures("installed_models")


def build(*words):
    return runpy.run_path(str(SCRIPT))["main"]([str(word) for word in words])


@pytest.fixture(scope="module")
def alphabet():
    return Alphabet(next(card.alphabet for card in registry() if card.task == "recognition"))


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("Lollobrigida\t3\nSlezak\nMiller\nмир\nSlezak\n")
    return path


def test_a_list_becomes_a_folder_that_opens(names, tmp_path, capsys, alphabet):
    out = tmp_path / "made" / "out"
    assert build(names, out) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["words"] == 3 and "1 words with characters outside" in said.err
    assert sorted(path.name for path in out.iterdir()) == ["index.hnsw", "index.json", "run.json", "words.npz"]
    (lexicon,) = open_own([str(out)], alphabet).by_name.values()
    assert [one.word for one in lexicon.find(["sleznk"], 3, 1, 0.0)[0]] == ["Slezak"]
    assert np.exp(lexicon.log_probs(["lollobrigida", "miller"])).tolist() == pytest.approx([0.6, 0.2], rel=0.07)
    assert lexicon.costs.substitution == pytest.approx(default_costs(alphabet).substitution, rel=1e-3)


def test_lists_weigh_the_same_and_the_likeliest_are_kept(names, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("".join(f"{word}\t1000\n" for word in ("zebra", "Slezak")))
    assert build(names, other, tmp_path / "out", "--most", 2) == 0
    words = load_lexicon(tmp_path / "out" / "words.npz").words
    assert sorted(words.words.tolist()) == ["Lollobrigida", "Slezak"]           # 0.6 of the one, 0.2 and 0.5 of both
    assert words.words[words.log_probs.argmax()] == "Slezak"


def test_costs_are_learnt_from_what_is_misread(names, tmp_path, monkeypatch, alphabet):
    from ocr.recognition import samples
    from ocr.recognition.recogniser import Transcription

    ground_truth = type("Sample", (), {"text": "we went"})
    asked = []
    monkeypatch.setattr(samples, "load_samples", lambda data, split, *_: asked.append((data, split)) or [ground_truth] * 50)
    monkeypatch.setattr(samples, "read_samples", lambda read, found: [Transcription("ve vent", 0.5)] * len(found))
    assert build(names, tmp_path / "out", "--confusions", "iam:x", "--confusions", "alto:y") == 0
    costs = load_lexicon(tmp_path / "out" / "words.npz").costs
    place = {character: number for number, character in enumerate(costs.characters)}
    row = costs.substitution[:, place["w"]]
    assert asked == [(["iam:x", "alto:y"], "validation")]
    assert set(np.argsort(row)[:2].tolist()) == {place["w"], place["v"]}


@pytest.mark.parametrize("words, said", [(["nowhere.txt"], "nowhere.txt cannot be read"),
                                         (["wordfreq:xx"], "wordfreq:LANGUAGE")])
def test_errors_are_one_line_and_write_nothing(words, said, tmp_path, capsys):
    pytest.importorskip("wordfreq")
    assert build(*words, tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and said in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [[], ["out"], ["names.txt", "out", "--most", "0"], ["names.txt", "out", "--most", "some"]])
def test_bad_command_lines(words):
    with pytest.raises(SystemExit) as stop:
        build(*words)
    assert stop.value.code == 2
