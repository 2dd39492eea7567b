#!/usr/bin/env python3
"""Print how fast pages are read, and with how much memory, for each engine that is installed.

reads   images (default: samples/)
writes  nothing; one table a run on stdout
next    quote the medians together with the processor's name, which is printed, too
"""
from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.decoding.opening import DECODERS, DEFAULT

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", default=[str(ROOT / "samples")], metavar="PAGES", help="images or folders")
    parser.add_argument("--engine", action="append", choices=("onnx", "gluon", "torch"),
                        help="engine to measure, each in a process of its own; again for more (default: onnx and gluon)")
    parser.add_argument("--threads", type=int, default=0, help="processor threads; 0 takes all (default: 0)")
    parser.add_argument("--repeat", type=int, default=3, help="times that each page is read (default: 3)")
    parser.add_argument("--decoder", choices=DECODERS, default=DEFAULT, help=f"of stage 3 (default: {DEFAULT})")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def measure(pages: List[str], engine: str, threads: int, repeat: int, decoder: str) -> Dict[str, str]:
    """Read the pages some times over in this process; the first reading of each page warms up and does not count."""
    start = time.perf_counter()
    import ocr

    importing = time.perf_counter() - start
    from ocr.decoding.settings import DecodingSettings
    from ocr.engine.settings import EngineSettings
    from ocr.images.load import expand, read_frames
    from ocr.pipeline import RECOGNITION, Pipeline, ReadSettings

    start = time.perf_counter()
    pipeline = Pipeline(ReadSettings(EngineSettings(engine, threads=threads), decoding=DecodingSettings(decoder)))
    loading = time.perf_counter() - start
    images = [image for path in expand(pages) for image in read_frames(path)]
    seconds: Dict[str, List[float]] = {name: [] for name in pipeline.names}
    lines, total = 0, 0.0
    for number in range(repeat + 1):
        for image in images:
            mark = time.perf_counter()
            for name, page in pipeline.steps(image):    # noqa: B007 - the last page is the one read
                now = time.perf_counter()
                if number:
                    seconds[name].append(now - mark)
                    total += now - mark
                mark = now
            lines += sum(1 for _ in page.lines) if number else 0
    row = {"engine": engine, "version": ocr.__version__, "import s": f"{importing:.3f}", "load s": f"{loading:.2f}"}
    row.update({f"{name} s/page": f"{statistics.median(values):.3f}" for name, values in seconds.items()})
    row.update({"pages/s": f"{len(images) * repeat / total:.2f}",
                "lines/s, stage 3": f"{lines / sum(seconds[RECOGNITION]):.1f}",
                "peak MiB": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"})
    return row


def main(argv: Optional[List[str]] = None) -> int:
    """Measure each engine in a fresh process."""
    arguments = parse_args(argv)
    if arguments.here:
        row = measure(arguments.pages, arguments.engine[0], arguments.threads, arguments.repeat, arguments.decoder)
        print("\n".join(f"{name:<22}{value}" for name, value in row.items()), flush=True)
        return 0
    from ocr.training.run_folder import hardware

    print(f"{hardware()}, {arguments.threads or 'all'} threads, {arguments.decoder}, median of {arguments.repeat} readings a page",
          flush=True)
    codes = []
    for engine in arguments.engine or ["onnx", "gluon"]:
        print(flush=True)
        command = [sys.executable, __file__, *arguments.pages, "--engine", engine, "--here",
                   "--threads", str(arguments.threads), "--repeat", str(arguments.repeat), "--decoder", arguments.decoder]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
