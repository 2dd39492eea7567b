"""The layers: imports go strictly down, reading needs no MXNet and no module of one operating system, importing is quick."""
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = {
    "errors": 0,
    "output": 1, "parallel": 1, "text": 1, "faults": 1,
    "page": 2, "engine": 2, "worker": 2,
    "images": 3, "scoring": 3,
    "formats": 4, "models": 4,
    "training": 5, "datasets": 5,
    "synthesis": 6, "decoding": 6,
    "paragraphs": 7, "lines": 7, "recognition": 7,
    "pipeline": 8,
    "evaluation": 9, "batch": 9,
    "exporting": 10, "printing": 10,
    "reading": 11, "serving": 11, "commands": 11,
    "__main__": 12,
}
"""The layer of each package: a module imports from its own package and from packages in lower layers, also inside functions."""

ENTRY = "__init__"                              # of the package itself; it opens the pipeline when read_page is asked for
MODULES = sorted((ROOT / "ocr").rglob("*.py"))


def package_of(path):
    return path.relative_to(ROOT / "ocr").parts[0].replace(".py", "")


def imported(source, package="ocr"):
    """Yield the packages that a file imports from, wherever in the file and however it is written."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            parts = package.split(".")
            base = ".".join(parts[:len(parts) - node.level + 1] + ([node.module] if node.module else []))
            names = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("ocr.") and name != "ocr.__version__")


def may_import(here, there):
    return here == there or LAYERS[there] < LAYERS[here]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_strictly_down(path):
    here, package = package_of(path), ".".join(path.relative_to(ROOT).parent.parts)
    for there in imported(path.read_text(encoding="utf-8"), package) if here != ENTRY else ():
        assert may_import(here, there), f"{here} imports {there}, which is not in a lower layer"


@pytest.mark.parametrize("here, there, allowed", [
    ("lines", "lines", True), ("lines", "page", True), ("lines", "paragraphs", False), ("page", "lines", False)])
def test_no_import_goes_sideways_or_up(here, there, allowed):
    assert may_import(here, there) == allowed


def test_every_package_has_a_layer_and_every_layer_a_package():
    assert {package_of(path) for path in MODULES} - {ENTRY} == set(LAYERS)


@pytest.mark.parametrize("source, packages", [
    ("import ocr.page.model", ["page"]), ("from ocr import serving, __version__", ["serving"]),
    ("def f():\n    from ocr.lines.ssd import boxes", ["lines"]), ("from ..lines.stage import LineStage", ["lines"]),
    ("from .. import lines", ["lines"]), ("from .stage import x", ["paragraphs"]), ("import numpy, os.path", [])])
def test_no_way_to_write_an_import_is_overlooked(source, packages):
    assert list(imported(source, "ocr.paragraphs")) == packages


def test_mxnet_is_imported_in_one_place():
    found = [path.relative_to(ROOT).as_posix() for path in MODULES
             if any("mxnet" in (alias.name if isinstance(node, ast.Import) else node.module or "")
                    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                    if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names
                    if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ocr.")))]
    assert found == ["ocr/engine/gluon.py"]


def run(code):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)


CHAIN = ("import ocr.pipeline, ocr.batch.local, ocr.exporting, ocr.evaluation, ocr.reading, ocr.__main__\n"
         "import ocr.paragraphs.stage, ocr.lines.stage, ocr.recognition.opening\n")


def test_everything_a_reader_needs_runs_without_mxnet_and_torch():
    code = ("import sys\nfor name in ('mxnet', 'torch', 'onnx', 'gluonnlp'): sys.modules[name] = None\n"
            f"{CHAIN}import ocr.serving.reading, ocr.serving.documents")
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_pages_are_read_on_systems_without_the_modules_of_unix(tmp_path):
    code = ("import sys\nfor name in ('fcntl', 'resource', 'pwd', 'grp', 'termios'): sys.modules[name] = None\n"
            f"{CHAIN}import ocr.worker, ocr.serving.store\n"
            "from pathlib import Path\nfrom ocr.batch.results import Job, Results\n"
            f"results = Results(Path({str(tmp_path)!r}), ('.txt',), (), 'folder')\n"
            "results.fail(Job(Path('p.png')), ValueError('odd'), 'odd')\nresults.fail(Job(Path('q.png')), ValueError('odd'), 'odd')\n"
            "results.write(Job(Path('p.png'), 0, 'p'), {}, {'.txt': b'text'})\nresults.close()\n")
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert "q.png" in (tmp_path / "failures.jsonl").read_text() and "p.png" not in (tmp_path / "failures.jsonl").read_text()


def test_importing_the_package_loads_nothing_heavy():
    result = run("import sys, ocr; print(sorted({'numpy', 'cv2', 'PIL', 'onnxruntime', 'mxnet'} & set(sys.modules)))")
    assert result.stdout.strip() == "[]", result.stdout + result.stderr
