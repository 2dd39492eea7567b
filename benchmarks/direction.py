#!/usr/bin/env python3
"""Print how sure the recogniser is of pages read upright and upside down, to see that the two can be distinguished.

reads   a data set's images and line outlines
writes  nothing; one line a data set on stdout
next    the setting upright_confidence on the recogniser's card should lie between the two columns
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR", help=DATA_SETS)
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    add_engine_options(parser)
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Read every page both ways."""
    from ocr.datasets.opening import open_dataset
    from ocr.images.load import read_frame
    from ocr.engine.settings import EngineSettings
    from ocr.page.direction import rotate_180
    from ocr.recognition.opening import open_recognition

    arguments = parse_args(argv)
    stage = open_recognition(arguments.model, EngineSettings(arguments.engine, arguments.device, arguments.threads))
    for spec in arguments.data:
        upright, over = [], []
        for ground_truth in open_dataset(spec).pages(arguments.split):
            pixels = read_frame(ground_truth.image, ground_truth.page.frame).pixels
            upright.append(stage.look(ground_truth.page, pixels)[1].confidence)
            over.append(stage.look(rotate_180(ground_truth.page), pixels)[1].confidence)
        distinguished = np.mean(np.greater(upright, over))
        print(f"{spec}: {len(upright)} pages; upright {np.mean(upright):.3f} on average, at least {min(upright):.3f}; "
              f"upside down {np.mean(over):.3f}, at most {max(over):.3f}; distinguished {distinguished:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
