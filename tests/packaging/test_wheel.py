"""The wheel, in an empty environment: installed, read with offline in any folder, uninstalled with nothing left.

Slow, and the installation needs a package index: `pytest -m slow tests/packaging`, or `make wheel`.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict, List

import pytest

from ocr import __version__
from ocr.models.registry import registry
from ocr.scoring.error_rates import TextPair, score_texts

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
NO_SOCKETS = "import sys\ndef guard(event, words):\n    if event.startswith('socket.'): raise SystemExit(event)\nsys.addaudithook(guard)\n"


def run(*words, **options) -> subprocess.CompletedProcess:
    found = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=1800, **options)
    assert found.returncode == 0, f"{words}\n{found.stdout}\n{found.stderr}"
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel of a copy of this clone."""
    folder = tmp_path_factory.mktemp("wheel")
    unwanted = shutil.ignore_patterns(".git", ".venv", "build", "dist", "out", "*.egg-info", "__pycache__", ".*_cache", "runs")
    shutil.copytree(ROOT, folder / "clone", ignore=unwanted)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, folder / "clone", cwd=folder)
    return next(folder.glob("*.whl"))


class Environment:
    """An empty virtual environment and an empty home."""

    def __init__(self, folder: Path):
        self.bin, self.home = folder / "venv" / "bin", folder / "home"
        self.home.mkdir()
        run(sys.executable, "-m", "venv", folder / "venv")
        self.packages = next((folder / "venv" / "lib").glob("python3*")) / "site-packages"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCR_", "XDG_", "PYTHON", "ORT_"))}
        self.variables: Dict[str, str] = {**kept, "HOME": str(self.home), "PYTHONDONTWRITEBYTECODE": "1"}

    def files(self) -> List[str]:
        """List what belongs to the package, and what lies at home."""
        found = [path for path in self.packages.rglob("*") if path.relative_to(self.packages).parts[0].startswith("ocr")]
        return sorted(str(path) for path in [*found, *self.bin.glob("ocr*"), *self.home.rglob("*")])

    def offline(self, *words) -> subprocess.CompletedProcess:
        """Run a program that has no network."""
        if shutil.which("unshare") and not subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
            return run("unshare", "-rn", *words, cwd=self.home, env=self.variables)
        guard = self.home.parent / "guard"
        guard.mkdir(exist_ok=True)
        (guard / "sitecustomize.py").write_text(NO_SOCKETS)
        return run(*words, cwd=self.home, env={**self.variables, "PYTHONPATH": str(guard)})


@pytest.fixture(scope="module")
def environment(tmp_path_factory, wheel) -> Environment:
    made = Environment(tmp_path_factory.mktemp("environment"))
    run(made.bin / "python", "-m", "pip", "install", "--quiet", wheel)
    return made


def test_the_wheel_holds_models_terms_and_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"ocr/models/files/{card.name}/{name}" for card in registry()
            for name in [*(file.name for file in card.files), "README.md"]} <= names
    assert {"ocr/py.typed", "ocr/models/registry.json", "ocr/serving/web/index.html", "ocr/scripts/serve.py",
            "ocr/serving/samples/harbour.jpg", "ocr/serving/samples/voyage.jpg"} <= names
    assert {Path(name).name for name in names if "/licenses/" in name} == {"LICENSE", "MODELS-LICENSE"}
    assert not [name for name in names if name.split("/")[0] not in ("ocr", f"ocr_gluon-{__version__}.dist-info")]
    assert wheel.stat().st_size < 100_000_000


def test_it_reads_offline_in_any_folder_and_goes_without_a_trace(environment):
    ocr = environment.bin / "ocr"
    assert environment.offline(ocr, "--version").stdout == f"ocr {__version__}\n"
    before = environment.files()
    read = environment.offline(ocr, "read", ROOT / "samples" / "harbour.jpg").stdout
    ground_truth = (ROOT / "samples" / "harbour.txt").read_text(encoding="utf-8")
    assert score_texts([TextPair(ground_truth, read, "harbour")], resamples=10).cer < 0.02
    listed = environment.offline(ocr, "models", "list")
    assert listed.stdout.count("installed") == len(registry()) and "not installed" not in listed.stdout
    assert str(environment.home / ".cache" / "ocr-gluon") in listed.stderr
    for words in (["train", "recognition"], ["train", "lines"], ["train", "paragraphs"], ["export"], ["evaluate"], ["serve"], ["read"]):
        assert "usage:" in environment.offline(ocr, *words, "--help").stdout
    assert environment.files() == before                                            # nothing was written anywhere
    run(environment.bin / "python", "-m", "pip", "uninstall", "--quiet", "--yes", "ocr-gluon")
    assert environment.files() == []
