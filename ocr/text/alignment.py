"""Align a reading with its transcript by edit distance, character by character or word by word."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Literal, Sequence, Tuple, Union

from rapidfuzz.distance import Levenshtein

Kind = Literal["equal", "replace", "delete", "insert"]
Tokens = Union[str, Sequence[str]]


@dataclass(frozen=True)
class Operation:
    """One run of an alignment: reference[start:end] became hypothesis[start:end]; half-open intervals."""

    kind: Kind
    reference_start: int
    reference_end: int
    hypothesis_start: int
    hypothesis_end: int


@dataclass(frozen=True)
class Alignment:
    """A shortest way from a reference to a hypothesis, with the numbers of tokens kept and edited."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int
    operations: Tuple[Operation, ...]

    @property
    def edits(self) -> int:
        """Substitutions, deletions and insertions together: the Levenshtein distance."""
        return self.substitutions + self.deletions + self.insertions


def align(reference: Tokens, hypothesis: Tokens) -> Alignment:
    """Align two strings character by character, or two lists of tokens token by token.

    Operations cover both sequences from start to end; runs of one kind are one operation.
    """
    runs: List[Operation] = [Operation(run.tag, run.src_start, run.src_end, run.dest_start, run.dest_end)
                             for run in Levenshtein.opcodes(reference, hypothesis)]

    def count(kind: Kind) -> int:
        return sum(max(run.reference_end - run.reference_start, run.hypothesis_end - run.hypothesis_start)
                   for run in runs if run.kind == kind)

    return Alignment(count("equal"), count("replace"), count("delete"), count("insert"), tuple(runs))
