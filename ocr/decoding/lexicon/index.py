"""Nearest words by an approximate index of their vectors, which hnswlib builds, searches and stores.

Where hnswlib, which has to be compiled, is not installed, all words are compared: slower, with the same readings.
"""
from __future__ import annotations

import hashlib
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import numpy as np

from ocr.decoding.lexicon.edit_costs import Words
from ocr.decoding.lexicon.vectors import WordVectors
from ocr.errors import OutputError
from ocr.models.download import digest
from ocr.models.store import folder_beside
from ocr.output import write_atomically

if TYPE_CHECKING:
    import hnswlib

INDEX, NOTE = "index.hnsw", "index.json"
_VERSION = 1                # of the vectors
_LINKS, _EFFORT = 12, 100   # of each word, and words looked at to find them; see `benchmarks/lexicon.py`
_CHUNK = 50_000             # words whose vectors are held at a time
_SLOW = 20_000              # words from which it is said that an index is being built


class WordIndex:
    """Nearest words by the Euclidean distance of their vectors.

    Parameters
    ----------
    vectors : what turns words into vectors.
    words : in lower case.
    folder : where the index lies, or is to be kept; it is built anew where it is missing, damaged, or of other words, and
        held in memory where the folder cannot be written. None keeps it nowhere, and for a folder of the installed package
        it is kept in the cache.

    Source
    ------
    Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using hierarchical navigable small world
    graphs, 2016, https://arxiv.org/abs/1603.09320.
    """

    def __init__(self, vectors: WordVectors, words: Words, folder: Optional[Path] = None):
        self._vectors, self._count = vectors, len(words)
        if not installed():
            self._index, self._table = None, vectors(words)
            return
        folder = folder_beside(folder) if folder else None
        fingerprint = _digest_of(vectors, words) if folder else ""
        index = _load(folder, fingerprint, vectors.size) if folder else None
        if index is None:
            index = _build(vectors, words, fingerprint)
            if folder:
                with suppress(OutputError):
                    _keep(index, folder, fingerprint)
        self._index = index

    def nearest(self, words: Words, count: int) -> np.ndarray:
        """Return the indices of the words nearest to each word, the nearest first, (N, count or all there are) int64."""
        count = min(count, self._count)
        if not len(words) or not count:
            return np.zeros((len(words), count), np.int64)
        if self._index is None:
            return nearest_of_all(self._table, self._vectors(words), count)
        self._index.set_ef(2 * count)
        numbers, _ = self._index.knn_query(self._vectors(words), count)
        return numbers.astype(np.int64)


def installed() -> bool:
    """Tell whether hnswlib can be imported."""
    with suppress(ImportError):
        import hnswlib  # noqa: F401
        return True
    return False


def nearest_of_all(table: np.ndarray, queries: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of a table, (W, D), that are nearest to each query, (N, D), the nearest first, (N, count) int64."""
    count = min(count, len(table))
    squares = np.square(table).sum(axis=1)                                                          # (W,)
    found = np.zeros((len(queries), count), np.int64)
    for row, vector in enumerate(queries):
        distances = squares - 2 * (table @ vector)                                                  # (W,)
        some = np.argpartition(distances, count - 1)[:count]
        found[row] = some[np.argsort(distances[some], kind="stable")]
    return found


def _build(vectors: WordVectors, words: Words, fingerprint: str) -> hnswlib.Index:
    """Build an index, in one thread and thus always the same."""
    import hnswlib

    index = hnswlib.Index("l2", vectors.size)
    index.init_index(max(len(words), 1), M=_LINKS, ef_construction=_EFFORT, random_seed=0)
    if fingerprint and len(words) >= _SLOW:
        print(f"indexing {len(words):,} words, once", file=sys.stderr)
    for start in range(0, len(words), _CHUNK):
        chunk = words[start:start + _CHUNK]
        index.add_items(vectors(chunk), np.arange(start, start + len(chunk)), num_threads=1)
    return index


def _load(folder: Path, fingerprint: str, size: int) -> Optional[hnswlib.Index]:
    """Load an index if it is whole and of these words: hnswlib itself does not validate files."""
    import hnswlib

    with suppress(OSError, ValueError, KeyError, TypeError, RuntimeError):
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        if note["made_of"] == fingerprint and note["sha256"] == digest(folder / INDEX):
            index = hnswlib.Index("l2", size)
            index.load_index(str(folder / INDEX))
            return index
    return None


def _keep(index: hnswlib.Index, folder: Path, fingerprint: str) -> None:
    """Write an index, then the note with its digest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / INDEX, lambda stream: index.save_index(stream.name))      # hnswlib saves by path
        note = json.dumps({"made_of": fingerprint, "sha256": digest(folder / INDEX)})
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{folder}: the index cannot be written ({error}).") from error
    write_atomically(folder / NOTE, (note + "\n").encode())


def _digest_of(vectors: WordVectors, words: Words) -> str:
    """Give a digest of the words, of what their vectors are made of, and of how they are linked."""
    costs = vectors.costs
    found = hashlib.sha256(f"{_VERSION} {_LINKS} {_EFFORT} {vectors.size} {costs.characters}".encode())
    for prices in (costs.substitution, costs.insertion, costs.deletion):
        found.update(np.ascontiguousarray(prices, np.float32).tobytes())
    for start in range(0, len(words), _CHUNK):
        found.update("\n".join([*words[start:start + _CHUNK], ""]).encode())
    return found.hexdigest()
