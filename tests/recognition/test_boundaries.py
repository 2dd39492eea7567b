"""Who may know whom in stage 3: the stage no CTC, decoders no recogniser, and what nobody asked for is not loaded."""
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported(path):
    """Yield the modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def files(folder, *without):
    return [path for path in sorted((ROOT / folder).rglob("*.py"))
            if not any((ROOT / other) in path.parents or path == ROOT / other for other in without)]


@pytest.mark.parametrize("path", files("ocr/recognition", "ocr/recognition/crnn"), ids=lambda path: path.stem)
def test_what_serves_every_recogniser_knows_no_one_of_them(path):
    known = [name for name in imported(path) if name.startswith(("ocr.recognition.crnn", "ocr.decoding.ctc",
                                                                 "ocr.decoding.opening"))]
    assert not known, f"{path.name} imports {known}"


@pytest.mark.parametrize("path", files("ocr/decoding"), ids=lambda path: path.relative_to(ROOT / "ocr/decoding").as_posix())
def test_decoders_know_no_recogniser(path):
    assert not [name for name in imported(path) if name.startswith("ocr.recognition")]


@pytest.mark.parametrize("folder", ["corrector", "lstm"])
def test_a_decoder_that_is_a_model_is_reached_through_the_table_alone(folder):
    allowed = ["ocr/decoding/corrector", "ocr/decoding/lstm"]
    for path in files("ocr", *allowed):
        assert not [name for name in imported(path) if name.startswith(f"ocr.decoding.{folder}")], path


def test_nobody_pays_for_a_corrector_or_a_training_that_is_not_used():
    code = ("import sys, ocr.recognition.opening, ocr.recognition.crnn.recogniser, ocr.decoding.options\n"
            "heavy = ('ocr.decoding.corrector', 'ocr.decoding.lstm', 'ocr.training', 'mxnet', 'torch', 'gluonnlp')\n"
            "print([name for name in sys.modules if name.startswith(heavy)])")
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr
