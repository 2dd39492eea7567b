"""Character n-gram models on disk: one small file, a trie in which every n-gram is stored as its last character."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

import numpy as np

from ocr.decoding.ngrams.counts import Grams, Ngrams
from ocr.engine.learner import DAMAGE
from ocr.errors import ModelMismatch
from ocr.output import write_atomically

FORMAT = 1
_RESOLUTION = 16.0                # logarithms are stored in sixteenths, from -255 / 16 up


@dataclass(frozen=True)
class CharacterNgrams:
    """An n-gram model of characters: token number i is `characters[i]`, and the one after the last any other character."""

    characters: str
    ngrams: Ngrams


def save_ngrams(path: Path, model: CharacterNgrams) -> None:
    """Write a model. Its logarithms are rounded to sixteenths.

    Raises
    ------
    OutputError : the file cannot be written.
    """
    from io import BytesIO

    arrays: Dict[str, np.ndarray] = {
        "format": np.array(FORMAT), "characters": np.frombuffer(model.characters.encode("utf-32-le"), np.uint32),
        "weight": np.array(model.ngrams.weight), "order": np.array(len(model.ngrams.grams))}
    bits, parents = np.uint64(model.ngrams.bits), np.zeros(1, np.uint64)
    smallest = np.min_scalar_type(model.ngrams.size - 1)
    for length, grams in enumerate(model.ngrams.grams, 1):
        arrays[f"tokens{length}"] = (grams.keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(smallest)
        starts = np.searchsorted(grams.keys >> bits, np.append(parents, parents[-1] + np.uint64(1)))
        arrays[f"children{length}"] = np.diff(starts).astype(np.uint32)
        arrays[f"chances{length}"], arrays[f"weights{length}"] = _pack(grams.log_probs), _pack(grams.weights)
        parents = grams.keys
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def load_ngrams(path: Path) -> CharacterNgrams:
    """Read a model; nothing in the file is unpickled.

    Raises
    ------
    ModelMismatch : the file is damaged, not a language model, or of another version.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if int(arrays["format"]) != FORMAT:
            raise ModelMismatch(f"{path}: a language model of format {int(arrays['format'])}; {FORMAT} is read. "
                                "Build it anew, or fetch it with python -m ocr models fetch.")
        characters = arrays["characters"].tobytes().decode("utf-32-le")
        model = Ngrams(len(characters) + 1, _unpack_grams(arrays, len(characters) + 1), float(arrays["weight"]))
    except (*DAMAGE, IndexError) as error:
        raise ModelMismatch(f"{path}: not a whole language model ({error}). "
                            "Build it anew, or fetch it with python -m ocr models fetch.") from error
    return CharacterNgrams(characters, model)


def _unpack_grams(arrays: Dict[str, np.ndarray], size: int) -> tuple:
    bits = np.uint64(Ngrams(size, ()).bits)
    parents: np.ndarray = np.zeros(1, np.uint64)
    found: List[Grams] = []
    while len(found) < int(arrays["order"]):
        tokens, children, probabilities, weights = (arrays[f"{name}{len(found) + 1}"] for name in
                                              ("tokens", "children", "chances", "weights"))
        if len(children) != len(parents) or not len(tokens) == len(probabilities) == len(weights) == children.sum() \
                or tokens.max(initial=0) >= size:
            raise ValueError(f"its n-grams of length {len(found) + 1} do not fit together")
        keys = np.repeat(parents, children) << bits | tokens.astype(np.uint64)
        found.append(Grams(keys, probabilities.astype(np.float32) / -_RESOLUTION, weights.astype(np.float32) / -_RESOLUTION))
        parents = keys
    if not found:
        raise ValueError("it holds no n-grams")
    return tuple(found)


def _pack(logarithms: np.ndarray) -> np.ndarray:
    return np.clip(np.round(logarithms * -_RESOLUTION), 0, 255).astype(np.uint8)
