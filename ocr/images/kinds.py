"""What kind of file something is, by its first bytes: those that can be read, and those that are often given for an image."""
from __future__ import annotations

from importlib.util import find_spec
from typing import List, Optional, Tuple

SNIFFED = 1024                      # bytes of a file that are looked at
ACCEPTED = "JPEG, PNG, TIFF, WebP, HEIC, AVIF, BMP, GIF, JPEG 2000, PPM and PDF"
SUFFIXES = frozenset(".png .apng .jpg .jpeg .jpe .jfif .mpo .tif .tiff .webp .heic .heif .hif .avif .bmp .dib .gif "
                     ".jp2 .j2k .j2c .jpc .jpf .jpx .ppm .pgm .pbm .pnm .pdf".split())
"""Suffixes of files that a folder is searched for."""
UNREADABLE_SUFFIXES = frozenset(".djv .djvu .dng .cr2 .cr3 .nef .arw .orf .raf .rw2 .jxl .psd".split())
"""Suffixes of pages and photos that are found in a folder to be named, as they cannot be read."""

HEIC_PACKAGE = "pillow_heif"
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_SIGNATURES: Tuple[Tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"), (b"GIF87a", ".gif"), (b"GIF89a", ".gif"), (b"BM", ".bmp"),
    (b"II*\0", ".tif"), (b"MM\0*", ".tif"), (b"II+\0", ".tif"), (b"MM\0+", ".tif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", ".jp2"), (b"\xffO\xffQ", ".jp2"),
    *((b"P%d%c" % (kind, space), ".ppm") for kind in range(1, 7) for space in b" \t\r\n"))
_UNREADABLE: Tuple[Tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive or an office document"), (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x1f\x8b", "a gzip archive"), (b"Rar!", "a RAR archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"{\\rtf", "an RTF text"),
    (b"%!PS", "PostScript"), (b"MZ", "a program"), (b"\x7fELF", "a program"), (b"AT&TFORM", "a DjVu document"),
    (b"8BPS", "a Photoshop file"), (b"\xff\n", "a JPEG XL file"), (b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (b"<", "XML, SVG or HTML"), (b"\xef\xbb\xbf<", "XML, SVG or HTML"))


def suffix_of(start: bytes) -> Optional[str]:
    """Return the suffix that fits a file's first bytes; None where they are of no kind that can be read here."""
    if b"%PDF-" in start:
        return ".pdf"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return ".webp"
    if _is_heic(start):
        return ".heic" if heic_is_readable() else None
    if _is_avif(start):
        return ".avif" if avif_is_readable() else None
    return next((suffix for signature, suffix in _SIGNATURES if start.startswith(signature)), None)


def unreadable_kind(start: bytes) -> str:
    """Name the kind of a file that cannot be read, by its first bytes."""
    if _is_heic(start):
        return "a HEIC image; a phone's settings have JPEG as the more compatible format"
    if start[4:8] == b"ftyp":
        return "an AVIF image" if _is_avif(start) else "a video"
    start = start.lstrip(b" \t\r\n")
    return next((kind for signature, kind in _UNREADABLE if start.startswith(signature)), "of no known kind")


def unreadable_reason(start: bytes) -> str:
    """Say why a file cannot be read, and what to do, by its first bytes."""
    kind = unreadable_kind(start)
    if _is_heic(start):
        return f"is {kind}. To read HEIC, run: pip install ocr-gluon[heic]"
    if _is_avif(start):
        return f"is {kind}. To read AVIF, run: pip install --upgrade Pillow"
    return f"is {kind}, not an image that can be read. Accepted are {ACCEPTED}; convert it."


def heic_is_readable() -> bool:
    """Return whether the package that reads HEIC is installed."""
    return find_spec(HEIC_PACKAGE) is not None


def avif_is_readable() -> bool:
    """Return whether Pillow reads AVIF."""
    from PIL import features

    return "avif" in features.modules and bool(features.check("avif"))


def _brands(start: bytes) -> List[bytes]:
    """List the brands of a file in ISO base media format, the major one first."""
    if start[4:8] != b"ftyp":
        return []
    length = min(int.from_bytes(start[:4], "big"), len(start))
    return [start[8:12], *(start[at:at + 4] for at in range(16, length, 4))]


def _is_avif(start: bytes) -> bool:
    return not _AVIF_BRANDS.isdisjoint(_brands(start))


def _is_heic(start: bytes) -> bool:
    return not _is_avif(start) and not _HEIC_BRANDS.isdisjoint(_brands(start))
