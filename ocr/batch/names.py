"""Names of the results of a run: each page's own, the same in every run, and never that of an input."""
from __future__ import annotations

import os
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Sequence, Tuple

from ocr.batch.results import Job, Results, folded, is_document
from ocr.errors import OutputError

Numbering = Callable[[int, int], str]
"""What the name of a page ends in, given its index and the number of pages of its file."""


def number_all(frame: int, frames: int) -> str:
    """Number the pages of files with several."""
    return f"_{frame + 1:04d}" if frames > 1 else ""


def number_after_first(frame: int, frames: int) -> str:
    """Number the pages after the first."""
    return f"_{frame + 1:04d}" if frame else ""


def name_jobs(files: Sequence[Tuple[Path, int]], results: Sequence[Results], numbering: Numbering = number_all) -> List[Job]:
    """Name the results of all pages.

    A page that has results keeps their name, whatever has been added since. The others are named by their file's stem, by its
    name where stems are the same, or also by its folder.

    Parameters
    ----------
    files : (file, number of pages) pairs.
    results : the folders in which a page's results have this name.

    Raises
    ------
    OutputError : a result would overwrite one of the files.
    """
    jobs: Dict[Tuple[Path, int], Job] = {}
    for path, frames in files:
        for frame in range(frames):
            for name in filter(None, (folder.recorded_name(Job(path, frame)) for folder in results)):
                if (path, frame) not in jobs and _claim([Job(path, frame, name)], results):
                    jobs[path, frame] = Job(path, frame, name)
    kinds = Counter(folded(name) for path, _ in files for name in dict.fromkeys(_own_names(path)))
    for path, frames in files:
        rest = [frame for frame in range(frames) if (path, frame) not in jobs]
        for name in _candidates(path, kinds) if rest else ():
            named = [Job(path, frame, name + numbering(frame, frames)) for frame in rest]
            if _claim(named, results):
                jobs.update(((path, job.frame), job) for job in named)
                break
    ordered = [jobs[path, frame] for path, frames in files for frame in range(frames)]
    _protect_inputs(ordered, results)
    return ordered


def _own_names(path: Path) -> List[str]:
    return [path.stem, path.name, f"{path.absolute().parent.name}_{path.name}"]


def _candidates(path: Path, kinds: Counter) -> Iterator[str]:
    """Yield names for the results of a file, the shortest first."""
    names = _own_names(path)
    yield from (name for name in names if kinds[folded(name)] == 1)
    short = os.fsencode(names[-1])[:200].decode("utf-8", "ignore")              # of names that leave no room for a suffix
    yield from (f"{short}_{number}" for number in count(2))


def _claim(jobs: Sequence[Job], results: Sequence[Results]) -> bool:
    """Take the names of jobs if all of them are free, and return whether they are."""
    if not all(folder.is_free(job) for folder in results for job in jobs):
        return False
    for folder in results:
        for job in jobs:
            folder.claim(job)
    return True


def _protect_inputs(jobs: Sequence[Job], results: Sequence[Results]) -> None:
    """Refuse results that would overwrite an input, also by another path, by a link, or on a disk that ignores case.

    So are documents among those that are read: the next time they would be mistaken for some of them.
    """
    places, identities = set(), set()
    homes: Dict[str, str] = {}
    for path in dict.fromkeys(job.source for job in jobs):
        places.add((os.path.realpath(path.parent), folded(path.name)))
        if path.exists():
            identities.add(_identity(path))
        if is_document(path):
            homes.setdefault(os.path.realpath(path.parent), path.name)
    for folder in results:
        for target in (target for job in jobs for target in folder.targets(job)):
            if (str(folder.root), folded(target.name)) in places or target.exists() and _identity(target) in identities:
                raise OutputError(f"{target}: is an input, which the result would overwrite. Give another {folder.option}.")
            if is_document(target) and str(folder.root) in homes:
                raise OutputError(f"{folder.folder}: {homes[str(folder.root)]} is read from there, so that no {target.suffix} "
                                  f"can be written there. Give another {folder.option}.")


def _identity(path: Path) -> Tuple[int, int]:
    state = os.stat(path)
    return state.st_dev, state.st_ino
