"""The journal of a training run: one JSON object a line, one line an epoch."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List

from ocr.errors import EngineUnavailable
from ocr.output import write_atomically


class Journal:
    """Append-only JSON-lines file. An epoch that is trained again after a resume replaces its earlier line.

    Parameters
    ----------
    path : the file; it need not exist.
    tensorboard : whether to write the figures for TensorBoard, too, into a folder beside the file.

    Raises
    ------
    EngineUnavailable : TensorBoard is requested, and the package tensorboardX is not installed.
    """

    def __init__(self, path: Path, tensorboard: bool = False):
        self.path, self._writer = path, None
        if tensorboard:
            try:
                from tensorboardX import SummaryWriter
            except ImportError as error:
                raise EngineUnavailable(f"--tensorboard needs the package tensorboardX ({error}).\n"
                                        "Type: pip install tensorboardX") from error
            self._writer = SummaryWriter(str(path.parent / "tensorboard"))

    def read(self) -> List[Dict]:
        """Return the entries, oldest first; a last line cut off by a crash is dropped."""
        if not self.path.exists():
            return []
        entries = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except json.JSONDecodeError:
                break
        return entries

    def write(self, entry: Dict) -> None:
        """Add an entry; it must hold "epoch"."""
        kept = [old for old in self.read() if old["epoch"] < entry["epoch"]]
        text = "".join(json.dumps(item) + "\n" for item in [*kept, entry])
        write_atomically(self.path, text.encode())
        if self._writer:
            for name, value in entry.items():
                if name != "epoch" and isinstance(value, (int, float)):
                    self._writer.add_scalar(name, value, entry["epoch"])
            self._writer.flush()
