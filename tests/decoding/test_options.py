"""The options --decoder, --language and --language-model, on every program that has them, and their settings."""
from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ocr import __main__ as program
from ocr.decoding.opening import DECODERS, DEFAULT
from ocr.decoding.options import decoding_settings
from ocr.decoding.settings import DecodingSettings

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
    assert "'bema'" in said and all(name in said for name in DECODERS)


@pytest.mark.parametrize("words", [["--decoders", "greedy", "bema"], ["--decoders"]])
def test_decoders_to_compare_are_refused_likewise(words, capsys):
    said = refused("compare_decoders", ["--data", "page:x", *words], capsys)
    assert "usage:" in said and ("bema" not in words or all(name in said.splitlines()[-1] for name in DECODERS))


@pytest.mark.parametrize("script, words", LINES)
def test_options_become_settings(script, words, tmp_path):
    parse = parser_of(script)
    assert decoding_settings(parse(words)) == DecodingSettings(DEFAULT)
    chosen = parse([*words, "--decoder", "greedy", "--language", "FRA", "--language-model", "a", "--language-model", "b",
                    "--lexicon", "names.txt"])
    assert decoding_settings(chosen) == DecodingSettings("greedy", "fr", ("a", "b"), ("names.txt",))
    assert decoding_settings(parse([*words, "--decoder", str(tmp_path)])).decoder == str(tmp_path)
    assert decoding_settings(parse([*words, "--language", "auto"])).language is None


@pytest.mark.parametrize("script, words", LINES)
@pytest.mark.parametrize("code", ["french", "xx", ""])
def test_what_is_no_language_code_is_refused(script, words, code, capsys):
    said = refused(script, [*words, "--language", code], capsys).splitlines()[-1]
    assert f"{code!r} is not a language code" in said and "pt-BR" in said


@pytest.mark.parametrize("script, words", LINES)
def test_no_program_has_an_option_for_correctors_alone(script, words, capsys):
    assert "--corrector" in refused(script, [*words, "--corrector", "run"], capsys).splitlines()[-1]


def test_training_takes_no_decoder(capsys):
    words = ["train", "--data", "page:x", "--out", "out", "--decoder", "beam"]
    assert "--decoder" in refused("3_recognise_text", words, capsys).splitlines()[-1]
