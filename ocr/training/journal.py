"""The diary of a training run: one JSON object a line, one line an epoch."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List


class Journal:
    """Append-only JSON-lines file. An epoch that is trained again after a resume replaces its earlier line.

    Parameters
    ----------
    path : the file; it need not exist.
    """

    def __init__(self, path: Path):
        self.path = path

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
        temporary = self.path.with_name(self.path.name + ".part")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.path)
