"""The decoding options on every program that has them, and the settings that they make."""
from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from ocr import __main__ as program
from ocr.decoding.opening import DECODERS, DEFAULT
from ocr.decoding.options import decoding_settings
from ocr.decoding.settings import DecodingSettings
from ocr.errors import InputError

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
    message = refused(script, [*words, "--decoder", "bema"], capsys).splitlines()[-1]
    assert "'bema'" in message and all(name in message for name in DECODERS)


@pytest.mark.parametrize("words", [["--decoders", "greedy", "bema"], ["--decoders"]])
def test_decoders_to_compare_are_refused_likewise(words, capsys):
    message = refused("compare_decoders", ["--data", "page:x", *words], capsys)
    assert "usage:" in message and ("bema" not in words or all(name in message.splitlines()[-1] for name in DECODERS))


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
    message = refused(script, [*words, "--language", code], capsys).splitlines()[-1]
    assert f"{code!r} is not a language code" in message and "pt-BR" in message


@pytest.mark.parametrize("script, words", LINES)
def test_the_removed_corrector_option_still_works_and_prints_a_note(script, words, capsys):
    parse = parser_of(script)
    former = decoding_settings(parse([*words, "--decoder", "corrector", "--corrector", "run", "--language", "fr"]))
    assert former == DecodingSettings("run", "fr")
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1 and "--decoder run replaces" in printed.err and printed.out == ""


@pytest.mark.parametrize("options, message", [
    (["--decoder", "corrector"], "--decoder: 'corrector' is neither .* Give the folder of a trained corrector"),
    (["--decoder", "beam", "--corrector", "run"], "beam asks none"),
    (["--corrector", "run"], f"{re.escape(DEFAULT)} asks none")])
@pytest.mark.parametrize("script, words", LINES)
def test_one_half_of_the_removed_option_is_refused(script, words, options, message, capsys, tmp_path, monkeypatch):
    parse = parser_of(script)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        decoding_settings(parse([*words, *options]))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("script, words", LINES)
def test_the_removed_option_is_not_in_the_help(script, words, capsys):
    with pytest.raises(SystemExit):
        parser_of(script)([words[0], "--help"] if words[0] in ("read", "run", "score") else ["--help"])
    printed = capsys.readouterr().out
    assert "--decoder" in printed and "--corrector" not in printed


def test_decoders_to_compare_lack_the_removed_one(capsys):
    assert "'corrector'" in refused("compare_decoders", ["--data", "page:x", "--decoders", "corrector"], capsys)


def test_training_takes_no_decoder(capsys):
    words = ["train", "--data", "page:x", "--out", "out", "--decoder", "beam"]
    assert "--decoder" in refused("3_recognise_text", words, capsys).splitlines()[-1]
