"""Stand in for the work of the process that opens files: takes for ever, dies, or takes more memory than there is."""
from __future__ import annotations

import os
import time


def open_files():
    def work(task, on_progress):
        name = os.path.basename(task["path"])
        if name.startswith("slow"):
            time.sleep(600)
        if name.startswith("dies"):
            os._exit(3)
        if name.startswith("large"):
            raise MemoryError
        return {"count": 7}
    return work
