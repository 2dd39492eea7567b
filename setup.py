"""Put into a wheel what lies beside the package in a clone: the registered models, the scripts of the `ocr` command, two samples.

All else is in pyproject.toml. An editable installation copies nothing: it is used in its clone.
"""
from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import List, Tuple

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
SCRIPTS = ("get_models.py", "scripts/1_segment_paragraphs.py", "scripts/2_segment_lines.py", "scripts/3_recognise_text.py",
           "scripts/evaluate_iam.py", "scripts/export.py", "scripts/serve.py")
SAMPLES = ("harbour.jpg", "voyage.jpg")  # offered on the web page
MAX_BYTES = 95_000_000  # of all models: the package index takes wheels of less than 100 MB


def beside_the_package() -> List[Tuple[Path, Path]]:
    """List the files to copy, and their places in the package."""
    cards = json.loads((ROOT / "ocr" / "models" / "registry.json").read_text(encoding="utf-8"))["models"]
    pairs = [(ROOT / "models" / card["name"] / file["name"], Path("ocr", "models", "files", card["name"], file["name"]))
             for card in cards for file in (*card["files"], {"name": "README.md"})]
    pairs += [(ROOT / script, Path("ocr", "scripts", Path(script).name)) for script in SCRIPTS]
    pairs += [(ROOT / "samples" / name, Path("ocr", "serving", "samples", name)) for name in SAMPLES]
    lacking = [str(source) for source, _ in pairs if not source.is_file()]
    if lacking:
        raise SystemExit(f"The wheel would lack {', '.join(lacking)}. Build it in a full clone of the repository.")
    size = sum(source.stat().st_size for source, _ in pairs)
    if size > MAX_BYTES:
        raise SystemExit(f"Models, scripts and samples have {size:,} bytes; at most {MAX_BYTES:,} go into a wheel.")
    return pairs


class Build(build_py):
    """Copy the package anew, and what lies beside it."""

    def run(self) -> None:
        if not self.editable_mode:
            shutil.rmtree(Path(self.build_lib, "ocr"), ignore_errors=True)     # of an earlier build, with files gone since
        super().run()
        if not self.editable_mode:
            for source, place in beside_the_package():
                target = Path(self.build_lib, place)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> List[str]:
        added = [] if self.editable_mode else [str(Path(self.build_lib, place)) for _, place in beside_the_package()]
        return super().get_outputs(include_bytecode) + added


setup(cmdclass={"build_py": Build})
