"""scripts/export.py: command lines that cannot be meant, and one that can."""
import runpy
from pathlib import Path

import pytest

from ocr.page.model import Page
from ocr.formats.page_xml import page_xml_bytes

PROGRAM = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "export.py"))


@pytest.mark.parametrize("words, message", [
    (["in", "out"], "--format"), (["out", "--format", "txt"], "OUT"), (["in", "out", "--format", "doc"], "'doc'"),
    (["in", "out", "--format", "txt", "--together", "../all"], "without a folder"),
    (["in", "out", "--format", "txt", "--together", ""], "without a folder"),
    (["in", "out", "--format", "alto", "--format", "json", "--together", "all"], "txt, hocr, pdf, tsv hold several"),
])
def test_bad_command_lines_are_refused(words, message, capsys):
    with pytest.raises(SystemExit) as stop:
        PROGRAM["main"](words)
    assert stop.value.code == 2 and message in capsys.readouterr().err


def test_pages_are_exported_and_counted(tmp_path, capsys):
    (tmp_path / "a.xml").write_bytes(page_xml_bytes(Page("a.png", (10, 10))))
    words = [str(tmp_path / "a.xml"), str(tmp_path / "out"), "--format", "hocr", "--format", "alto", "--together", "all"]
    assert PROGRAM["main"](words) == 0
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == ["a.alto.xml", "all.hocr"]
    assert "1 pages done" in capsys.readouterr().err
    assert PROGRAM["main"]([str(tmp_path / "none.xml"), str(tmp_path / "out"), "--format", "txt"]) == 1
