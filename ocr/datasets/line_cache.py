"""Rectified line strips of truth pages, cut once and kept on disk, read by memory mapping.

A cache is a folder of three files: pixels.npy (all strips one after the other, flat uint8), offsets.npy (where each
strip starts, and the end) and lines.json (texts, names, writers). It gets its final name when it is whole.
"""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, List, Sequence, Tuple

import numpy as np

from ocr.datasets.truth_page import TruthPage
from ocr.errors import DatasetError, ImageError, OutputError
from ocr.images import rectify
from ocr.images.load import read_frame
from ocr.text.normalise import normalise


@dataclass(frozen=True)
class CachedLine:
    """What is known of a strip: the line's name, its page, its writer and its transcript in NFC."""

    id: str
    page: str
    writer: str
    text: str


@dataclass(frozen=True)
class LineCache:
    """Line strips with their transcripts.

    Parameters
    ----------
    folder : where the cache lies.
    height : height of every strip in pixels.
    lines : transcripts and names, in the order of the strips.
    offsets : (lines + 1,) int64, where each strip starts in the flat pixels.
    problems : pages and lines that could not be cut, one line each.
    """

    folder: Path
    height: int
    lines: Tuple[CachedLine, ...]
    offsets: np.ndarray = field(repr=False, compare=False)
    problems: Tuple[str, ...] = ()
    _pixels: np.ndarray = field(repr=False, compare=False, default=None)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def texts(self) -> Tuple[str, ...]:
        """The transcripts."""
        return tuple(line.text for line in self.lines)

    @property
    def widths(self) -> np.ndarray:
        """Widths of the strips in pixels, (lines,) int64."""
        return np.diff(self.offsets) // self.height

    def strip(self, index: int) -> np.ndarray:
        """Return a strip, (height, W) uint8 grey, mapped from disk and read-only."""
        return self._pixels[self.offsets[index]:self.offsets[index + 1]].reshape(self.height, -1)


def build_line_cache(pages: Sequence[TruthPage], height: int, folder: Path) -> LineCache:
    """Cut the lines of pages to strips, or open the cache if the same lines were cut before.

    Lines without text are left out. A page whose picture cannot be read is left out and named in `problems`.

    Parameters
    ----------
    pages : truth pages; their pictures are loaded one at a time.
    height : height of the strips in pixels.
    folder : caches lie here, each in a folder of its own, named by a digest of what went in.

    Raises
    ------
    DatasetError : no line could be cut.
    OutputError : the folder cannot be written.
    """
    target = Path(folder) / f"lines-{height}-{_digest(pages, height)}"
    if (target / "lines.json").is_file():
        return open_line_cache(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        working = Path(tempfile.mkdtemp(prefix=target.name + ".", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target}: the line cache cannot be written ({error}). Choose another folder.") from error
    try:
        _write(pages, height, working)
        _publish(working, target)
    except OSError as error:
        raise OutputError(f"{target}: the line cache cannot be written ({error}). Is the disk full?") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return open_line_cache(target)


def open_line_cache(folder: Path) -> LineCache:
    """Open a cache that was built before.

    Raises
    ------
    DatasetError : the folder holds no whole cache.
    """
    folder = Path(folder)
    try:
        listing = json.loads((folder / "lines.json").read_text(encoding="utf-8"))
        offsets = np.load(folder / "offsets.npy", allow_pickle=False)
        pixels = np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
        lines = tuple(CachedLine(*row) for row in listing["lines"])
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder} is no line cache ({error}). Delete it; it is made anew when needed.") from error
    if len(offsets) != len(lines) + 1 or offsets[-1] != len(pixels):
        raise DatasetError(f"{folder} is not whole: {len(lines)} lines, {len(offsets)} offsets, {len(pixels)} pixels. "
                           "Delete it; it is made anew when needed.")
    return LineCache(folder, int(listing["height"]), lines, offsets, tuple(listing["problems"]), pixels)


def _write(pages: Sequence[TruthPage], height: int, folder: Path) -> None:
    from tqdm import tqdm

    lines: List[CachedLine] = []
    problems: List[str] = []
    offsets = [0]
    with open(folder / "pixels.raw", "wb") as raw:
        for truth in tqdm(pages, desc="cutting lines", unit="page", leave=False, disable=None):
            _write_page(truth, height, raw, lines, offsets, problems)
    if not lines:
        raise DatasetError(f"No line could be cut from {len(pages)} pages. {' '.join(problems[:3])}")
    np.save(folder / "pixels.npy", np.memmap(folder / "pixels.raw", dtype=np.uint8, mode="r"))
    (folder / "pixels.raw").unlink()
    np.save(folder / "offsets.npy", np.array(offsets, dtype=np.int64))
    listing = {"height": height, "problems": problems, "lines": [[c.id, c.page, c.writer, c.text] for c in lines]}
    (folder / "lines.json").write_text(json.dumps(listing, ensure_ascii=False), encoding="utf-8")


def _write_page(truth: TruthPage, height: int, raw: BinaryIO, lines: List[CachedLine], offsets: List[int],
                problems: List[str]) -> None:
    wanted = [(line, text) for line, text in ((line, normalise(line.text)) for line in truth.page.lines) if text]
    if not wanted:
        return
    try:
        pixels = read_frame(truth.image, truth.page.frame).pixels
    except ImageError as error:
        problems.append(str(error))
        return
    for line, text in wanted:
        strip = rectify.rectify_line(pixels, line.polygon, line.baseline, truth.page.orientation, height).pixels
        raw.write(np.ascontiguousarray(strip, dtype=np.uint8).tobytes())
        offsets.append(offsets[-1] + strip.size)
        lines.append(CachedLine(line.id, truth.name, truth.writer, text))


def _publish(working: Path, target: Path) -> None:
    """Give the whole cache its name; a cache that another process finished meanwhile is as good."""
    try:
        os.replace(working, target)
    except OSError:
        if not (target / "lines.json").is_file():
            raise


def _digest(pages: Sequence[TruthPage], height: int) -> str:
    """Name what goes in: pictures by path, size and time, outlines, texts, and the code that cuts."""
    digest = hashlib.sha256(Path(rectify.__file__).read_bytes())
    digest.update(f"{height}".encode())
    for truth in pages:
        try:
            status = truth.image.stat()
            stamp = (status.st_size, status.st_mtime_ns)
        except OSError:
            stamp = (0, 0)
        digest.update(repr((str(truth.image), stamp, truth.name, truth.writer, truth.page.frame,
                            truth.page.orientation)).encode())
        for line in truth.page.lines:
            digest.update(repr((line.id, line.polygon.points, line.baseline, line.text)).encode())
    return digest.hexdigest()[:16]
