#!/usr/bin/env python3
"""Print what damaged and hostile files cost: how each ends, in how many seconds, with how much memory; and what a kill leaves.

reads   the samples, from which files of every format are made, cut short and changed at random; bombs are made here
writes  nothing that stays; tables on stdout, and exit code 1 if anything ends otherwise than read or named in one line
next    a file that is neither read nor named is a fault of ocr/images; a half-written result one of ocr/output.py
"""
from __future__ import annotations

import argparse
import json
import random
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIDE = 700                          # pixels, of the images that are damaged
READ, PARTLY, NAMED, FAULT = "read", "partly", "named", "FAULT"
MANY = 10 ** 5


@dataclass(frozen=True)
class Outcome:
    """How opening one file ended.

    Parameters
    ----------
    end : READ, PARTLY (some pages are read, others named), NAMED, or FAULT.
    seconds : until then.
    reason : the last error, or what was wrong with it.
    """

    end: str
    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class Cost:
    """What opening files took: an outcome for each, and the peak memory in MiB of the program and of its opening process."""

    outcomes: Tuple[Outcome, ...]
    program: Optional[int]
    opener: Optional[int]


def open_file(path: Path) -> Outcome:
    """Read all pages of a file, as `ocr read` does before it looks for writing."""
    from ocr.errors import ImageError
    from ocr.images.load import count_frames, read_frame

    start, read, reasons = time.monotonic(), 0, []
    try:
        for frame in range(count_frames(path)):
            try:
                read += read_frame(path, frame).pixels.size > 0
            except ImageError as error:
                reasons.append(str(error))
    except ImageError as error:
        reasons.append(str(error))
    except Exception as error:
        return Outcome(FAULT, time.monotonic() - start, repr(error))
    if any("\n" in reason or str(path) not in reason for reason in reasons):
        return Outcome(FAULT, time.monotonic() - start, f"not one line with the name: {reasons!r}")
    end = READ if not reasons else PARTLY if read else NAMED
    return Outcome(end, time.monotonic() - start, reasons[-1] if reasons else "")


def open_files(paths: Sequence[str]) -> int:
    """Open files in this process, and print the outcomes and the peaks of memory as JSON."""
    from ocr.images import load

    outcomes = [vars(open_file(Path(path))) for path in paths]
    for _, worker in load._openers.values():
        worker.stop()
    print(json.dumps([outcomes, *_peaks()]))
    return 0


def _peaks() -> Tuple[Optional[int], Optional[int]]:
    """Return the peak memory of this process and of those that it has waited for, in MiB, where the system tells it."""
    try:
        import resource
    except ImportError:
        return None, None
    unit = 2 ** 20 if sys.platform == "darwin" else 2 ** 10
    own, others = (resource.getrusage(who).ru_maxrss // unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own, others


def measure(paths: Sequence[Path]) -> Cost:
    """Open files in a process of their own."""
    answer = subprocess.run([sys.executable, __file__, "--open", *map(str, paths)], stdout=subprocess.PIPE, check=True)
    outcomes, program, opener = json.loads(answer.stdout)
    return Cost(tuple(Outcome(**outcome) for outcome in outcomes), program, opener)


def whole_files() -> Dict[str, bytes]:
    """Return the sample page in every format that this Pillow writes, by suffix."""
    from PIL import Image

    with Image.open(ROOT / "samples" / "harbour.jpg") as image:
        image.thumbnail((SIDE, SIDE))
        pages = [image.convert("RGB"), image.convert("RGB").rotate(180)]
    several = {"save_all": True, "append_images": pages[1:]}
    try:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    except ImportError:
        print("pillow-heif is not installed: HEIC is left out", file=sys.stderr)
    found = {}
    for suffix, options in (("jpg", {}), ("png", {}), ("tif", {**several, "compression": "tiff_lzw"}), ("webp", {}), ("bmp", {}),
                            ("gif", {}), ("jp2", {}), ("ppm", {}), ("pdf", several), ("avif", {}), ("heic", {})):
        file = BytesIO()
        try:
            pages[0].save(file, Image.registered_extensions()[f".{suffix}"], **options)
        except (KeyError, OSError):
            continue
        found[suffix] = file.getvalue()
    return found


def damage(data: bytes, rng: random.Random) -> bytes:
    """Cut a file short, or change up to 20 of its bytes, half of them near its start."""
    if rng.random() < 0.5:
        return data[:rng.randrange(1, len(data))]
    changed = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        changed[rng.randrange(len(data) if rng.random() < 0.5 else min(len(data), 500))] = rng.randrange(256)
    return bytes(changed)


def _pdf(objects: Sequence[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"xref\n0 %d\n0000000000 65535 f \n%strailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table, len(objects) + 1, len(out))


def _stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


def _page(content: bytes, resources: bytes = b"", more: Sequence[bytes] = (), count: int = 1) -> bytes:
    return _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[3 0 R]>>" % count,
                 b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<<%s>>>>" % resources, content, *more])


def _form(content: bytes, next_form: int) -> bytes:
    return _stream(content, b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F %d 0 R>>>>" % next_form)


def _png(width: int, height: int, complete: bool) -> bytes:
    """Write a white grey PNG, or only its beginning."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row, parts = zlib.compressobj(1), b"\0" + b"\xff" * 3 * width, []
    for _ in range(height if complete else 1):
        parts.append(packer.compress(row))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(parts) + packer.flush()) + chunk(b"IEND", b"")


def _flate(length: int) -> bytes:
    """Write a compressed stream of operators of a PDF."""
    packer, block = zlib.compressobj(9), b"q Q 0 0 m 9 9 l S " * 2 ** 15
    data = b"".join(packer.compress(block) for _ in range(length // len(block))) + packer.flush()
    return _stream(data, b"/Filter/FlateDecode")


def _scans(side: int, times: int) -> bytes:
    """Write a progressive JPEG whose last pass over the image comes again and again."""
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (side, side), "white").save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


def _directories(count: int) -> bytes:
    """Write a TIFF of directories without an image."""
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, 9) for tag in (256, 257, 273))
    size = 2 + len(entries) + 4
    return b"II*\0" + struct.pack("<L", 8) + b"".join(
        struct.pack("<H", 3) + entries + struct.pack("<L", 8 + (number + 1) * size if number < count - 1 else 0)
        for number in range(count))


def _jpeg_2000(side: int) -> bytes:
    """Write a JPEG 2000 whose header says that it is larger than it is."""
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (64, 64)).save(file, "JPEG2000", no_jp2=True)
    data = bytearray(file.getvalue())
    struct.pack_into(">IIIIII", data, data.index(b"\xff\x51") + 6, side, side, 0, 0, side, side)
    return bytes(data)


BOMBS: Dict[str, Callable[[], bytes]] = {
    "form-draws-itself.pdf": lambda: _page(_stream(b"/F Do"), b"/XObject<</F 5 0 R>>", [_form(b"/F Do /F Do", 5)]),
    "forms-10-to-the-9.pdf": lambda: _page(_stream(b"/F Do"), b"/XObject<</F 5 0 R>>", [
        *(_form(b"/F Do " * 10, number + 6) for number in range(9)), _form(b"0 0 300 200 re f", 5)]),
    "300-mb-of-operators.pdf": lambda: _page(_flate(3 * 10 ** 8)),
    "says-100000-pages.pdf": lambda: _page(_stream(b""), count=MANY),
    "no-pages.pdf": lambda: _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]),
    "pages-in-a-circle.pdf": lambda: _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"]),
    "one-page-100000-times.pdf": lambda: _pdf([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (MANY, b"3 0 R " * MANY),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"]),
    "says-900-megapixels.png": lambda: _png(30_000, 30_000, False),
    "119-megapixels.png": lambda: _png(11_900, 10_000, True),
    "99-megapixels.png": lambda: _png(9_900, 10_000, True),
    "500-scans.jpg": lambda: _scans(6_000, 500),
    "says-99-megapixels.j2k": lambda: _jpeg_2000(9_950),
    "100000-directories.tif": lambda: _directories(MANY),
}


def print_damaged(folder: Path, count: int, rng: random.Random) -> int:
    """Open damaged files of every format, print a line for each format, and return how many were neither read nor named."""
    print(f"\n{'damaged':26} {READ:>7} {PARTLY:>7} {NAMED:>7} {FAULT:>7} {'longest, s':>11} {'MiB':>6}")
    faults = 0
    for suffix, data in whole_files().items():
        paths = []
        for number in range(count):
            paths.append(folder / f"{number}.{suffix}")
            paths[-1].write_bytes(damage(data, rng))
        cost = measure(paths)
        ends = [outcome.end for outcome in cost.outcomes]
        faults += ends.count(FAULT)
        print(f"{suffix:26} " + " ".join(f"{ends.count(end):7}" for end in (READ, PARTLY, NAMED, FAULT))
              + f" {max(outcome.seconds for outcome in cost.outcomes):11.1f} {cost.opener or '-':>6}", flush=True)
        _print_faults(cost.outcomes)
    return faults


def print_bombs(folder: Path) -> int:
    """Open bombs one by one, print a line for each, and return how many were neither read nor named."""
    print(f"\n{'bomb':26} {'bytes':>9} {'end':>7} {'seconds':>8} {'MiB':>6} {'opener':>6}  reason")
    faults = 0
    for name, make in BOMBS.items():
        path = folder / name
        path.write_bytes(make())
        cost = measure([path])
        (outcome,) = cost.outcomes
        faults += outcome.end == FAULT
        print(f"{name:26} {path.stat().st_size:9} {outcome.end:>7} {outcome.seconds:8.1f} {cost.program or '-':>6} "
              f"{cost.opener or '-':>6}  {outcome.reason.replace(str(path), '').lstrip(': ')}", flush=True)
        path.unlink()
    return faults


def _print_faults(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.end == FAULT:
            print(f"    {outcome.reason}", flush=True)


def print_kills(folder: Path, count: int, rng: random.Random) -> int:
    """Kill `ocr read` at random instants, print what that leaves, and return the number of results that are not complete."""
    pages = [str(ROOT / "samples" / name) for name in ("voyage.jpg", "harbour.jpg")]
    start = time.monotonic()
    whole = _results(_read(pages, folder / "whole", None))
    seconds = time.monotonic() - start
    print(f"\nkilled after  results of {len(whole)}  not complete  temporary files   (undisturbed: {seconds:.0f} s)")
    broken = 0
    for number in range(count):
        after = rng.uniform(0, seconds)
        out = _read(pages, folder / f"killed{number}", after)
        found = _results(out)
        wrong = [name for name, data in found.items() if whole.get(name) != data]
        left = sum(path.name not in whole for path in out.rglob("*")) if out.exists() else 0
        broken += len(wrong)
        print(f"{after:10.1f} s {len(found):13} {len(wrong):13} {left:16}", flush=True)
    return broken


def _read(pages: List[str], out: Path, seconds: Optional[float]) -> Path:
    """Read pages into a folder, and kill the program after a time."""
    command = [sys.executable, "-m", "ocr", "read", *pages, "--format", "txt", "--format", "page", "--format", "pdf", "--out", str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            program.wait(seconds)
        except subprocess.TimeoutExpired:
            program.kill()
    return out


def _results(folder: Path) -> Dict[str, bytes]:
    """Return the results in a folder, without the time at which a PAGE-XML was written."""
    import re

    return {path.name: re.sub(rb"<(Created|LastChange)>[^<]*<", b"", path.read_bytes())
            for path in sorted(folder.glob("[!.]*")) if path.is_file()} if folder.exists() else {}


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20, metavar="N", help="damaged files of each format (default: 20)")
    parser.add_argument("--kills", type=int, default=5, metavar="N", help="times that reading is killed (default: 5)")
    parser.add_argument("--no-bombs", dest="bombs", action="store_false", help="leave the bombs out")
    parser.add_argument("--seed", type=int, default=0, help="of what is changed and of the instants (default: 0)")
    parser.add_argument("--open", nargs="+", metavar="FILE", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    arguments = parse_args(argv)
    if arguments.open:
        return open_files(arguments.open)
    rng, faults = random.Random(arguments.seed), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults += print_damaged(folder, arguments.count, rng) if arguments.count else 0
        faults += print_bombs(folder) if arguments.bombs else 0
        faults += print_kills(folder, arguments.kills, rng) if arguments.kills else 0
    print(f"\n{faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
