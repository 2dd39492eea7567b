#!/usr/bin/env python3
"""Print how fast each decoder turns a network's output into text, and with how much memory.

reads   the ground-truth lines of a data set's pages, or the lines found on images (default: samples/)
writes  nothing; one table on stdout
next    quote the figures together with the processor's name, which is printed, too
"""
from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LONG = 5000                 # frames of the long line
COLUMNS = {"decoder": "decoder", "lines": "lines", "frames": "frames", "open_seconds": "open s", "cold": "lines/s, cold",
           "warm": "warm", "with_network": "with the network", "peak_mib": "peak MiB"}
Writers = List[List[np.ndarray]]


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.decoding.opening import DECODERS
    from ocr.decoding.options import add_language_options, decoder_name
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", default=[str(ROOT / "samples")], metavar="PAGES",
                        help="images or folders, without --data (default: samples)")
    parser.add_argument("--data", metavar="KIND:DIR", help=DATA_SETS)
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--decoders", nargs="+", type=decoder_name, default=list(DECODERS), metavar="NAME|DIR",
                        help=f"each is measured in processes of its own (default: {' '.join(DECODERS)})")
    add_language_options(parser)
    parser.add_argument("--repeat", type=int, default=3, help="warm times that all lines are decoded (default: 3)")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    parser.add_argument("--long", action="store_true", help=argparse.SUPPRESS)
    add_engine_options(parser)
    return parser.parse_args(argv)


def cut(arguments: argparse.Namespace) -> Writers:
    """Cut the line images of all lines, uint8 (height, W), page by page."""
    from ocr.decoding.settings import DecodingSettings
    from ocr.images.load import expand, read_frames
    from ocr.images.rectify import rectify_line
    from ocr.models.store import cache_folder
    from ocr.pipeline import Pipeline, ReadSettings
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples

    height = open_crnn(arguments.model, engine_of(arguments)).height
    if arguments.data:
        writers: Dict[str, List[np.ndarray]] = {}
        for sample in load_samples([arguments.data], arguments.split, height, cache_folder() / "lines"):
            writers.setdefault(sample.page, []).append(sample.line_image)
        return list(writers.values())
    pipeline = Pipeline(ReadSettings(engine_of(arguments), decoding=DecodingSettings("greedy")))
    images = [image for path in expand(arguments.pages) for image in read_frames(path)]
    return [[rectify_line(image.pixels, line.polygon, line.baseline, page.orientation, height).pixels
             for line in page.lines] for image in images for page in [pipeline.read(image)]]


def engine_of(arguments: argparse.Namespace):
    """Make the settings of networks."""
    from ocr.engine.settings import EngineSettings

    return EngineSettings(arguments.engine, arguments.device, arguments.threads)


def measure(name: str, writers: Writers, arguments: argparse.Namespace) -> Dict[str, object]:
    """Decode the lines some times over in this process: a decoder just opened is cold, from the second time on it is warm.

    With --long they are put in a row, again and again, until they are one line of `LONG` frames.
    """
    from ocr.decoding.ctc.best_path import Frames, best_path
    from ocr.decoding.opening import open_decoder
    from ocr.decoding.options import decoding_settings
    from ocr.recognition.crnn.recogniser import open_crnn

    recogniser = open_crnn(arguments.model, engine_of(arguments))
    outputs, network = timed(lambda: [recogniser.frames(writer) for writer in (writers[:1] if arguments.long else writers)])
    if arguments.long:
        long = joined([line.log_probs for writer in outputs for line in writer], LONG)
        outputs = [[Frames(long, best_path(long, recogniser.alphabet))]]
    settings = replace(decoding_settings(arguments), decoder=name)
    (decoder, _), opening = timed(lambda: open_decoder(recogniser.alphabet, settings, engine_of(arguments)))
    cold, *warm = (timed(lambda: [decoder(writer) for writer in outputs])[1] for _ in range(arguments.repeat + 1))
    lines = sum(len(writer) for writer in outputs)
    return {"decoder": name, "lines": lines, "frames": sum(len(line.log_probs) for writer in outputs for line in writer),
            "open_seconds": opening, "cold": lines / cold, "warm": lines / statistics.median(warm),
            "with_network": None if arguments.long else lines / (network + cold),
            "peak_mib": peak_mib()}


def peak_mib() -> Optional[int]:
    """Return the peak memory of this program; None where the system does not say; Linux does.

    What `resource.getrusage` tells would hold the memory of the program that started this one, too.
    """
    status = Path("/proc/self/status")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE) if status.exists() else None
    return round(int(found.group(1)) / 1024) if found else None


def joined(lines: Sequence[np.ndarray], frames: int) -> np.ndarray:    # noqa: RET503 - there are lines
    """Put lines' output, (T, C) each, in a row, again and again, until there are so many frames."""
    total, taken = 0, []
    for line in cycle(lines):
        taken.append(line)
        total += len(line)
        if total >= frames:
            return np.concatenate(taken)[:frames]                              # (frames, C)


def timed(work: Callable[[], object]) -> Tuple[object, float]:
    """Return what the work gives, and the seconds that it took."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def save(path: Path, writers: Writers) -> None:
    """Write line images so that `load` finds the hands again."""
    np.savez(path, **{f"{number} {place}": line_image for number, writer in enumerate(writers) for place, line_image in enumerate(writer)})


def load(path: str) -> Writers:
    """Read line images, page by page."""
    writers: Dict[str, List[np.ndarray]] = {}
    with np.load(path) as line_images:
        for name in line_images.files:
            writers.setdefault(name.split()[0], []).append(line_images[name])
    return list(writers.values())


def rows(argv: Sequence[str], arguments: argparse.Namespace) -> List[Dict[str, object]]:
    """Measure each decoder in two fresh processes, one for the lines and one for the long line."""
    from ocr.errors import DatasetError, OcrError

    writers, found = cut(arguments), []
    if not any(writers):
        raise DatasetError(f"There is no line to read in {arguments.data or ', '.join(arguments.pages)}. Give other pages.")
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / "strips.npz", writers)
        for name in arguments.decoders:
            for long in ([], ["--long"]):
                command = [sys.executable, __file__, *argv, "--decoders", name, "--here", f"{folder}/strips.npz", *long]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
                if done.returncode:
                    raise OcrError(f"Measuring the decoder {name} ended with {done.returncode}; see above.")
                found.append(json.loads(done.stdout.splitlines()[-1]))
    return found


def main(argv: Optional[List[str]] = None) -> int:
    """Measure and print."""
    from ocr.scoring.report import markdown_table
    from ocr.training.run_folder import hardware

    argv = sys.argv[1:] if argv is None else argv
    arguments = parse_args(argv)
    if arguments.here:
        print(json.dumps(measure(arguments.decoders[0], load(arguments.here), arguments)))
        return 0
    found = rows(argv, arguments)
    print(f"{hardware()}, {arguments.threads or 'all'} threads\n")
    print(markdown_table(list(COLUMNS.values()), [[{**row, "open_seconds": f"{row['open_seconds']:.2f}"}[column]
                                                   for column in COLUMNS] for row in found]))
    print(f"\nCold: by a decoder just opened; warm: median of {arguments.repeat} times more. With the network: cold. "
          f"The peak is of the whole process, network included. The one line of {LONG:,} frames is made of others.")
    if arguments.json:
        print(json.dumps({"rows": found}))
    return 0


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
