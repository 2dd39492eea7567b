"""The options --decoder, --language-model and --corrector, on every program that has them."""
from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ocr import __main__ as program
from ocr.decoding.opening import DEFAULT, EVERY_DECODER

SCRIPTS = Path(__file__).parents[2] / "scripts"
LINES = [("3_recognise_text", ["run", "in", "out"]), ("3_recognise_text", ["read", "a.png"]),
         ("3_recognise_text", ["score", "--data", "page:x"]), ("evaluate_iam", ["--data", "page:x"]),
         (None, ["read", "a.png"])]


def parser_of(script):
    if script is None:
        return program.parse_args
    return runpy.run_path(str(SCRIPTS / f"{script}.py"))["parse_args"]


def refused(script, words, capsys):
    with pytest.raises(SystemExit) as stop:
        parser_of(script)(words)
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("script, words", LINES)
def test_a_misspelt_decoder_is_refused_and_the_choices_are_named(script, words, capsys):
    said = refused(script, [*words, "--decoder", "bema"], capsys).splitlines()[-1]
    assert "'bema'" in said and all(name in said for name in EVERY_DECODER)


@pytest.mark.parametrize("words", [["--decoders", "greedy", "bema"], ["--decoders"]])
def test_decoders_to_compare_are_refused_likewise(words, capsys):
    said = refused("compare_decoders", ["--data", "page:x", *words], capsys)
    assert "usage:" in said and ("bema" not in words or all(name in said.splitlines()[-1] for name in EVERY_DECODER))


@pytest.mark.parametrize("script, words", LINES)
def test_decoder_and_language_models_are_taken(script, words):
    parse = parser_of(script)
    plain = parse(words)
    assert (plain.decoder, plain.languages, plain.corrector) == (DEFAULT, None, None)
    chosen = parse([*words, "--decoder", "greedy", "--language-model", "a", "--language-model", "b"])
    assert (chosen.decoder, chosen.languages) == ("greedy", ["a", "b"])
    assert parse([*words, "--decoder", "corrector", "--corrector", "run"]).corrector == "run"


def test_training_takes_no_decoder(capsys):
    words = ["train", "--data", "page:x", "--out", "out", "--decoder", "beam"]
    assert "--decoder" in refused("3_recognise_text", words, capsys).splitlines()[-1]
