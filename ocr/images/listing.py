"""List the files that a folder or glob stands for, in the order of their numbers."""
from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import Iterator, List, Sequence, Tuple, TypeVar, Union

from ocr.errors import ImageError

Source = TypeVar("Source", bound=Union[str, Path])


def natural_key(path: Union[str, Path]) -> Tuple[Tuple[Union[int, str], ...], str]:
    """Return a key for sorting that puts page9 before Page10."""
    parts = re.split(r"(\d+)", str(path).casefold())                           # text and numbers alternate
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts)), str(path)


def in_natural_order(sources: Sequence[Source]) -> List[Source]:
    """Order the sources of a command by number where they are in alphabetical order, as a shell lists the files of a glob."""
    names = [str(source) for source in sources]
    if names in (sorted(names), sorted(names, key=str.casefold)):
        return sorted(sources, key=natural_key)
    return list(sources)


def list_matches(source: Path) -> List[Path]:
    """List what is in a folder, or matches a glob, in natural order; hidden files are left out.

    Raises
    ------
    ImageError : it cannot be listed, or is neither.
    """
    try:
        if source.is_dir():
            found = [path for path in source.iterdir() if not path.name.startswith(".")]
        elif glob.has_magic(str(source)):
            found = [Path(name) for name in dict.fromkeys(_glob(str(source)))]
        else:
            raise ImageError(f"{source}: there is no such file or folder. Give images, a folder of them, or a glob.")
    except OSError as error:
        raise ImageError(f"{source}: cannot be listed ({error.strerror}). Check the permissions.") from error
    return sorted(found, key=natural_key)


def _glob(pattern: str) -> Iterator[str]:
    """Yield the paths that match a pattern; ** stands for any folders, each visited once, however many links lead to it."""
    parts = Path(pattern).parts
    if "**" not in parts:
        yield from glob.iglob(pattern)
        return
    at = parts.index("**")
    rest = os.path.join(*parts[at + 1:]) if parts[at + 1:] else "*"
    for top in glob.iglob(os.path.join(*parts[:at])) if at else [os.curdir]:
        for folder in _folders(top):
            yield from _glob(os.path.join(glob.escape(folder), rest))


def _folders(top: str) -> Iterator[str]:
    """Yield a folder and those below it, without hidden ones."""
    seen = set()
    for folder, below, _ in os.walk(top, followlinks=True):
        place = os.path.realpath(folder)
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield folder
