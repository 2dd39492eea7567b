"""Write TIFFs of any layout, uncompressed, directory by directory."""
from __future__ import annotations

import struct
from typing import Dict, Sequence, Tuple

import numpy as np

RATIONAL = 5


def tiff(pages: Sequence[Tuple[np.ndarray, Dict[int, object]]], order: str = "<", big: bool = False,
         bits: int = 0) -> bytes:
    """Write grey or RGB pages, each with further tags: whole numbers, or (numerator, denominator) pairs.

    The pixels of a page come before its directory, and that before the next page, as scanners write them.
    """
    offset, count, entry = ("Q", "Q", "HHQ") if big else ("L", "H", "HHL")
    data = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42))
    data += struct.pack(order + "HH", 8, 0) if big else b""
    link = len(data)                                            # where the place of the next directory goes
    data += bytes(struct.calcsize(order + offset))
    for pixels, more in pages:
        pixels = pixels.astype(pixels.dtype.newbyteorder(order))
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        depth = bits or pixels.dtype.itemsize * 8
        place = len(data)
        data += pixels.tobytes()
        depths = len(data)
        data += struct.pack(order + "H" * channels, *[depth] * channels)
        tags = {256: pixels.shape[1], 257: pixels.shape[0], 258: depth if channels == 1 else (depths, channels), 259: 1,
                262: 1 if channels == 1 else 2, 273: place, 277: channels, 278: pixels.shape[0],
                279: pixels.nbytes, 339: 3 if pixels.dtype.kind == "f" else 1, **more}
        rationals = {}
        for tag, value in tags.items():
            if isinstance(value, tuple) and tag != 258:
                rationals[tag] = len(data)
                data += struct.pack(order + "LL", *value)
        struct.pack_into(order + offset, data, link, len(data))
        data += struct.pack(order + count, len(tags))
        for tag, value in sorted(tags.items()):
            kind, number, value = (RATIONAL, 1, rationals[tag]) if tag in rationals else (
                (3, value[1], value[0]) if isinstance(value, tuple) else (4, 1, value))
            inline = big and number * 2 <= 8 and kind == 3              # BigTIFF keeps the three depths in the entry
            body = struct.pack(order + "HHH", *[depth] * 3) + bytes(2) if inline else struct.pack(
                order + offset, value) if kind != 4 else struct.pack(order + "L", value) + bytes(4 * big)
            data += struct.pack(order + entry, tag, kind, number) + body
        link = len(data)
        data += bytes(struct.calcsize(order + offset))
    return bytes(data)
