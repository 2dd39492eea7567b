"""The verbs list, fetch, verify and remove, each returning its exit code.

Results go to stdout, failures and skipped models to stderr.
"""
from __future__ import annotations

import sys
from typing import List, Optional, Sequence

from ocr.errors import OcrError
from ocr.models.registry import ModelCard, find, registry
from ocr.models.store import cache_folder, fetch, folder_of, installed_folder, remove, verify


def list_models() -> int:
    """Show every registered model, whether it is installed, and where."""
    for card in _chosen(()):
        condition = verify(card)
        if not card.is_known:
            state = f"of the architecture {card.architecture}, which this program does not know"
        elif len(condition.missing) == len(card.files):
            state = "not installed"
        else:
            state = f"{'installed' if condition.good else condition} in {installed_folder(card)}"
        print(f"{card.name:24} {card.version:8} {card.task:12} {card.size / 1e6:5.1f} MB  {card.sha256[:12]}  {state}")
    print(f"cache: {cache_folder()}", file=sys.stderr)
    return 0


def fetch_models(names: Sequence[str] = (), source: Optional[str] = None) -> int:
    """Install models, or repair them; one that fails does not stop the others.

    Parameters
    ----------
    names : of models, or tasks; all models that this program can open where none is given.
    source : see `ocr.models.store.source_address`.
    """
    failed = False
    for card in _chosen(names):
        if not names and not card.is_known:
            print(f"{card.name} {card.version}: left out, this program does not know its architecture "
                  f"{card.architecture}", file=sys.stderr)
            continue
        try:
            downloaded = fetch(card, source, show=True)
        except OcrError as error:
            failed = True
            print(f"error: {card.name}: {error}", file=sys.stderr)
        else:
            print(f"{card.name} {card.version}: {'installed in' if downloaded else 'already in'} {installed_folder(card)}")
    return 1 if failed else 0


def verify_models(names: Sequence[str] = ()) -> int:
    """Check every byte of models; the exit code is 1 where one is missing or damaged.

    Parameters
    ----------
    names : of models, or tasks; all models that this program can open where none is given.
    """
    good = True
    for card in _chosen(names):
        if names or card.is_known:
            condition = verify(card)
            good = good and condition.good
            print(f"{card.name} {card.version}: {condition}")
    if not good:
        print("Run `python -m ocr models fetch` to repair.", file=sys.stderr)
    return 0 if good else 1


def remove_models(names: Sequence[str]) -> int:
    """Remove installed models, and report the freed space; one that cannot be removed does not stop the others.

    Parameters
    ----------
    names : of models, or tasks.
    """
    failed = False
    for card in _chosen(names) if names else ():
        folder = folder_of(card)
        try:
            removal = remove(card)
        except OcrError as error:
            failed = True
            print(f"error: {card.name}: {error}", file=sys.stderr)
            continue
        if removal is None:
            print(f"{card.name} {card.version}: not installed in {folder}")
            continue
        print(f"{card.name} {card.version}: removed from {folder}, {removal.freed / 1e6:.1f} MB freed")
        if removal.left:
            print(f"{folder}: these files are not the model's and stay: {', '.join(removal.left)}", file=sys.stderr)
    return 1 if failed else 0


def _chosen(names: Sequence[str]) -> List[ModelCard]:
    """Look up models by name or task, without repeats; all where none is named."""
    cards = list(dict.fromkeys(find(name) for name in names)) or list(registry())
    if not cards:
        print("No models are registered.", file=sys.stderr)
    return cards
