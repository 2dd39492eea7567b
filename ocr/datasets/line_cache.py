"""A cache of line images of the lines or words of ground truth pages: cut once, kept on disk, read by memory mapping.

A cache is a folder of three files: pixels.npy (all line images one after the other, flat uint8), offsets.npy (where each
line image starts, and the end) and lines.json (texts, names, writers, and a checksum over all). It gets its final name when
it is complete.
"""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, Literal, Sequence, Tuple

import numpy as np

from ocr.datasets.ground_truth import GroundTruthPage
from ocr.errors import DatasetError, ImageError, OutputError
from ocr.images import alone, rectify
from ocr.images.load import read_frame
from ocr.page.geometry import Point, Polygon
from ocr.text.normalise import normalise

Unit = Literal["line", "word"]
FORMAT = 2                                  # of the three files; caches of another format are built again


@dataclass(frozen=True)
class CachedLine:
    """The labels of a line image: the line's or word's id, its page, its writer and its transcript in NFC."""

    id: str
    page: str
    writer: str
    text: str


@dataclass(frozen=True)
class LineCache:
    """Line images with their transcripts.

    Parameters
    ----------
    folder : of the cache.
    height : height of every line image in pixels.
    lines : transcripts and names, in the order of the line images.
    offsets : (lines + 1,) int64, where each line image starts in the flat pixels.
    problems : numbers of lines left out, and images that could not be read, one message each.
    """

    folder: Path
    height: int
    lines: Tuple[CachedLine, ...]
    offsets: np.ndarray = field(repr=False, compare=False)
    problems: Tuple[str, ...] = ()
    _pixels: np.ndarray = field(repr=False, compare=False, default=None)     # type: ignore[arg-type] # always given

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def texts(self) -> Tuple[str, ...]:
        """The transcripts."""
        return tuple(line.text for line in self.lines)

    @property
    def widths(self) -> np.ndarray:
        """Widths of the line images in pixels, (lines,) int64."""
        return np.diff(self.offsets) // self.height

    def line_image(self, index: int) -> np.ndarray:
        """Return a line image, (height, W) uint8 grey, mapped from disk and read-only."""
        return self._pixels[self.offsets[index]:self.offsets[index + 1]].reshape(self.height, -1)


def build_line_cache(pages: Sequence[GroundTruthPage], height: int, folder: Path, unit: Unit = "line") -> LineCache:
    """Cut the lines of pages into line images, or open the cache if the same lines were cut before.

    Lines without text are left out and counted in `problems`; a page whose image cannot be read is left out and reported
    there. A damaged cache is reported there, too, and built again.

    Parameters
    ----------
    pages : ground truth pages; their images are loaded one at a time.
    height : height of the line images in pixels.
    folder : of all caches, each in a folder of its own, named by a digest of its inputs.
    unit : "line", or "word" for line images of single words, see `ocr.images.alone`; words whose outlines the data set marks
        as doubtful are left out and counted.

    Raises
    ------
    DatasetError : no line could be cut.
    OutputError : the folder cannot be written.
    """
    target = Path(folder) / f"{unit}s-{height}-{_digest(pages, height, unit)}"
    damage: Tuple[str, ...] = ()
    try:
        if target.exists():
            try:
                return open_line_cache(target)
            except DatasetError as error:
                damage = (f"{error} Now it is built again.",)
                shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        working = Path(tempfile.mkdtemp(prefix=target.name + ".", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target}: the line cache cannot be written ({error}). Choose another folder.") from error
    try:
        _write(pages, height, working, unit)
        _publish(working, target)
    except OSError as error:
        raise OutputError(f"{target}: the line cache cannot be written ({error}). Is the disk full?") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)
    cache = open_line_cache(target)
    return replace(cache, problems=damage + cache.problems)


def open_line_cache(folder: Path) -> LineCache:
    """Open a cache that was built before, and check all of it.

    Raises
    ------
    DatasetError : the folder holds no complete cache.
    """
    folder = Path(folder)
    try:
        listing = json.loads((folder / "lines.json").read_text(encoding="utf-8"))
        if listing["format"] != FORMAT:
            raise ValueError(f"lines.json is of format {listing['format']!r}, this program reads {FORMAT}")
        offsets = np.load(folder / "offsets.npy", allow_pickle=False)
        pixels = np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
        if listing["checksum"] != _checksum(listing, offsets, pixels):
            raise ValueError("its checksum does not fit what it holds")
        lines = tuple(CachedLine(*row) for row in listing["lines"])
        return LineCache(folder, listing["height"], lines, offsets, tuple(listing["problems"]), pixels)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{folder} is no whole line cache ({error}). Delete it; it is built again when needed.") from error


def _checksum(listing: Dict[str, Any], offsets: np.ndarray, pixels: np.ndarray) -> int:
    """Return a checksum over everything that a cache holds."""
    words = [listing["height"], listing["lines"], listing["problems"],
             *(text for array in (offsets, pixels) for text in (str(array.dtype), list(array.shape)))]
    return zlib.crc32(pixels, zlib.crc32(offsets, zlib.crc32(json.dumps(words).encode())))      # type: ignore[arg-type] # buffers


@dataclass(frozen=True)
class _Item:
    """A line or word to be cut."""

    id: str
    outline: Polygon
    baseline: Tuple[Point, ...]
    text: str
    doubtful: bool = False


def _items(ground_truth: GroundTruthPage, unit: Unit) -> List[_Item]:
    """List the lines or words of a page, those without text included."""
    if unit == "line":
        return [_Item(line.id, line.polygon, line.baseline, normalise(line.text)) for line in ground_truth.page.lines]
    return [_Item(word.id, word.polygon, line.baseline, normalise(word.text), word.id in ground_truth.doubtful)
            for line in ground_truth.page.lines for word in line.words]


def _write(pages: Sequence[GroundTruthPage], height: int, folder: Path, unit: Unit) -> None:
    from tqdm import tqdm

    with open(folder / "pixels.raw", "wb") as raw:
        cutter = _Cutter(height, unit, raw)
        for ground_truth in tqdm(pages, desc=f"cutting {unit}s", unit="page", leave=False, disable=None):
            cutter.cut_page(ground_truth)
    problems = [*(f"{count} {unit}s {reason} are left out" for reason, count in cutter.left_out.items()), *cutter.problems]
    if not cutter.lines:
        raise DatasetError(f"No {unit} could be cut from {len(pages)} pages; {unit}s with outlines and texts are needed, "
                           f"and the pages' images. {'. '.join(problems[:3])}".rstrip())
    pixels, offsets = np.memmap(folder / "pixels.raw", dtype=np.uint8, mode="r"), np.array(cutter.offsets, dtype=np.int64)
    np.save(folder / "pixels.npy", pixels)
    (folder / "pixels.raw").unlink()
    np.save(folder / "offsets.npy", offsets)
    listing = {"format": FORMAT, "height": height, "problems": problems,
               "lines": [[c.id, c.page, c.writer, c.text] for c in cutter.lines]}
    listing["checksum"] = _checksum(listing, offsets, pixels)
    (folder / "lines.json").write_text(json.dumps(listing, ensure_ascii=False), encoding="utf-8")


class _Cutter:
    """Cuts pages, one after the other, into line images in a file, and lists them and what is left out."""

    def __init__(self, height: int, unit: Unit, raw: BinaryIO):
        self._height, self._unit, self._raw = height, unit, raw
        self.lines: List[CachedLine] = []
        self.offsets = [0]
        self.problems: List[str] = []
        self.left_out: Counter = Counter()

    def cut_page(self, ground_truth: GroundTruthPage) -> None:
        items = [item for item in _items(ground_truth, self._unit) if self._is_usable(item)]
        if not items:
            return
        try:
            pixels = read_frame(ground_truth.image, ground_truth.page.frame).pixels
        except ImageError as error:
            self.problems.append(str(error))
            return
        cut = alone.word_image if self._unit == "word" else _line_image
        for item in items:
            line_image = cut(pixels, item.outline, item.baseline, ground_truth.page.orientation, self._height)
            self._raw.write(np.ascontiguousarray(line_image, dtype=np.uint8).tobytes())
            self.offsets.append(self.offsets[-1] + line_image.size)
            self.lines.append(CachedLine(item.id, ground_truth.name, ground_truth.writer, item.text))

    def _is_usable(self, item: _Item) -> bool:
        reason = "without text" if not item.text else "that the data set marks as doubtful" if item.doubtful else ""
        self.left_out.update([reason] if reason else [])
        return not reason


def _line_image(*arguments: Any) -> np.ndarray:
    return rectify.rectify_line(*arguments).pixels


def _publish(working: Path, target: Path) -> None:
    """Give the complete cache its name; one that another process finished in the meantime is as good."""
    try:
        os.replace(working, target)
    except OSError:
        if not (target / "lines.json").is_file():
            raise


def _digest(pages: Sequence[GroundTruthPage], height: int, unit: Unit) -> str:
    """Return a digest of the inputs: images by path, size and time, outlines, texts, and the code that cuts."""
    digest = hashlib.sha256(Path(rectify.__file__).read_bytes())
    digest.update(Path(alone.__file__).read_bytes() if unit == "word" else b"")
    digest.update(f"{FORMAT} {height} {unit}".encode())
    for ground_truth in pages:
        try:
            status = ground_truth.image.stat()
            stamp = (status.st_size, status.st_mtime_ns)
        except OSError:
            stamp = (0, 0)
        digest.update(repr((str(ground_truth.image), stamp, ground_truth.name, ground_truth.writer, ground_truth.page.frame,
                            ground_truth.page.orientation)).encode())
        for item in _items(ground_truth, unit):
            digest.update(repr((item.id, item.outline.points, item.baseline, item.text, item.doubtful)).encode())
    return digest.hexdigest()[:16]
