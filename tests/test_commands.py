"""The command `ocr`: its table, what it passes on, and how quick its help is."""
from __future__ import annotations

import re
import subprocess
import sys

import pytest

from ocr import __version__, commands
from ocr.commands import COMMANDS, dispatch, find_script


def test_every_script_of_the_table_is_there_and_goes_into_the_wheel():
    packed = (commands.CLONE / "setup.py").read_text(encoding="utf-8")
    for command in COMMANDS:
        for script in [*([command.script] if command.script else []), *dict(command.stages).values()]:
            assert f"{find_script(script).name}\"" in packed


@pytest.fixture
def echo(tmp_path, monkeypatch):
    """Scripts that say what they are called with."""
    for name in ("export", "2_segment_lines"):
        (tmp_path / f"{name}.py").write_text("import sys\ndef main(words):\n    print(sys.argv, words)\n    return 7\n")
    monkeypatch.setattr(commands, "PACKAGED", tmp_path)


@pytest.mark.parametrize("words, script, passed", [
    (["export", "in", "--help"], "export.py", ["in", "--help"]),
    (["train", "lines", "--out", "x"], "2_segment_lines.py", ["train", "--out", "x"])])
def test_words_are_passed_on(echo, capsys, words, script, passed):
    before = sys.argv
    assert dispatch(words, {}) == 7
    assert capsys.readouterr().out == f"{[f'scripts/{script}', *passed]} {passed}\n" and sys.argv is before


def test_read_is_not_a_script():
    assert dispatch(["read", "a", "--help"], {"read": lambda words: len(words)}) == 2


@pytest.mark.parametrize("words", [[], ["walk"], ["train"], ["train", "pages"], ["--colour"]])
def test_bad_command_lines(words):
    with pytest.raises(SystemExit) as caught:
        dispatch(words, {})
    assert caught.value.code == 2


def test_an_installation_without_scripts_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(commands, "PACKAGED", tmp_path)
    monkeypatch.setattr(commands, "CLONE", tmp_path)
    assert dispatch(["serve"], {}) == 1
    assert "lacks the script serve.py" in capsys.readouterr().err


def test_help_and_version_load_nothing():
    code = ("import sys\nfrom ocr.__main__ import main\ntry: main([%r])\nexcept SystemExit as stop: assert not stop.code\n"
            "assert not {'numpy', 'cv2', 'PIL', 'onnxruntime', 'lxml'} & set(sys.modules)")
    for word, said in (("--help", "evaluate"), ("--version", f"ocr {__version__}\n")):
        found = subprocess.run([sys.executable, "-c", code % word], cwd=commands.CLONE, capture_output=True, text=True, timeout=60)
        assert found.returncode == 0 and said in found.stdout, found.stderr


def test_the_changelog_begins_with_this_version():
    (newest, *_) = re.findall(r"^## (\S+)", (commands.CLONE / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest == __version__
