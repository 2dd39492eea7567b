"""The floor plan: imports point down, stage folders do not know each other, reading needs no MXNet, importing is quick."""
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"errors": 0, "output": 1, "parallel": 1, "page": 1, "images": 1, "text": 1,
          "engine": 2, "language": 2, "corrector": 2, "models": 2, "training": 2, "datasets": 2, "synthesis": 2,
          "decoding": 2, "scoring": 2,
          "paragraphs": 3, "lines": 3, "recognition": 3, "workflow": 4, "exporting": 4, "evaluation": 4,
          "serving": 5, "commands": 5, "__main__": 6}
STAGES = {"paragraphs", "lines", "recognition"}
MODULES = sorted((ROOT / "ocr").rglob("*.py"))


def imported(path):
    """Yield the ocr parts that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                 else [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        yield from (name.split(".")[1] for name in names if name.startswith("ocr."))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_down(path):
    here = path.relative_to(ROOT / "ocr").parts[0].replace(".py", "")
    if here == "__init__":
        return
    for there in imported(path):
        assert FLOORS[there] <= FLOORS[here], f"{here} imports {there}, which lies above it"
        assert here == there or not {here, there} <= STAGES, f"stage {here} imports stage {there}"


def test_mxnet_is_imported_in_one_place():
    found = [path.relative_to(ROOT).as_posix() for path in MODULES
             if any("mxnet" in (alias.name if isinstance(node, ast.Import) else node.module or "")
                    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                    if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names
                    if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ocr.")))]
    assert found == ["ocr/engine/gluon.py"]


def run(code):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_everything_a_reader_needs_runs_without_mxnet_and_torch():
    code = ("import sys\nfor name in ('mxnet', 'torch', 'onnx', 'gluonnlp'): sys.modules[name] = None\n"
            "import ocr.workflow, ocr.exporting, ocr.evaluation, ocr.__main__, ocr.paragraphs.stage, ocr.lines.stage\n"
            "import ocr.recognition.stage, ocr.serving.reading, ocr.serving.documents")
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_importing_the_package_loads_nothing_heavy():
    result = run("import sys, ocr; print(sorted({'numpy', 'cv2', 'PIL', 'onnxruntime', 'mxnet'} & set(sys.modules)))")
    assert result.stdout.strip() == "[]", result.stdout + result.stderr
