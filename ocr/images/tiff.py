"""Which pages a TIFF has, also where it was cut short: its directories, walked one after the other.

Pillow stops with an error, or without a word, at a directory that is cut off; the pages before it can still be read.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Iterator, List, Tuple

_SUBFILE_TYPE, _SHORT = 254, 3
_NEEDED = frozenset((256, 257))     # tags without which a directory describes no image: width and height
_NO_PAGE = 1 | 4                    # bits of the subfile type: a smaller copy of another page, a transparency mask
_MOST_BYTES = 2 ** 20               # of a directory; longer ones are not believed
_LAST_PLACE = 2 ** 62               # in a file; more cannot be sought


@dataclass(frozen=True)
class TiffPages:
    """The pages of a TIFF.

    Parameters
    ----------
    directories : indices of those that describe pages; previews and masks are left out, unless there is nothing else.
    total : how many directories there are.
    is_cut : whether the file ends, or makes no sense, where a further one should be.
    """

    directories: Tuple[int, ...]
    total: int
    is_cut: bool


def tiff_pages(path: Path) -> TiffPages:
    """List the pages of a TIFF or BigTIFF."""
    state = path.stat()
    return _pages(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1)
def _pages(path: Path, size: int, changed: int) -> TiffPages:
    """List the pages of a file of a size and time, once for all of its pages."""
    kinds: List[int] = []
    is_cut = False
    with open(path, "rb") as file:
        try:
            for kind in _subfile_types(file):
                kinds.append(kind)                                          # not extend: those before an error are kept
        except struct.error:
            is_cut = True
    pages = tuple(index for index, kind in enumerate(kinds) if not kind & _NO_PAGE)
    return TiffPages(pages or tuple(range(len(kinds))), len(kinds), is_cut)


def _subfile_types(file: BinaryIO) -> Iterator[int]:
    """Yield the subfile type of each directory; a directory that is not there is a struct.error.

    Source: TIFF 6.0, section 2; BigTIFF has wider counts and offsets.
    """
    order = ">" if file.read(2) == b"MM" else "<"

    def read(kind: str) -> int:
        layout = struct.Struct(order + kind)
        return int(layout.unpack(file.read(layout.size))[0])

    is_big = read("H") == 43
    count, offset, entry = ("Q", "Q", 20) if is_big else ("H", "L", 12)
    if is_big:
        read("L")                                                           # the width of offsets, always 8
    place, seen = read(offset), set()
    while place and place not in seen:                                      # a chain that bites its tail ends there
        seen.add(place)
        file.seek(min(place, _LAST_PLACE))
        length = read(count) * entry
        entries = file.read(min(length, _MOST_BYTES))
        tags = {struct.unpack_from(order + "H", entries, at)[0]: entries[at:at + entry] for at in range(0, len(entries), entry)}
        if len(entries) < length or not _NEEDED <= set(tags):
            raise struct.error
        yield _value(tags[_SUBFILE_TYPE], order) if _SUBFILE_TYPE in tags else 0
        place = read(offset)


def _value(tag: bytes, order: str) -> int:
    """Return the value of a tag that holds a single SHORT or LONG."""
    kind = "H" if struct.unpack_from(order + "H", tag, 2)[0] == _SHORT else "L"
    return int(struct.unpack_from(order + kind, tag, 8 if len(tag) == 12 else 12)[0])
