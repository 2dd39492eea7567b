"""Settings of the service: where it keeps its jobs, how much it accepts, and who has access."""
from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Sequence, Tuple

from ocr.errors import InputError

WEB = Path(__file__).with_name("web")
CLONE = Path(__file__).resolve().parents[2]
PACKAGED_SAMPLES = Path(__file__).with_name("samples")      # exists in an installed wheel, not in a clone
SHORTEST_KEY = 16                   # characters; shorter keys can be guessed


@dataclass(frozen=True)
class Settings:
    """Limits of the service.

    Parameters
    ----------
    data : folder for the jobs, made if needed; one service at a time uses it.
    workers : pages that are read at the same time, each in its own process.
    max_bytes : largest upload, in bytes.
    max_pages : largest number of pages of one upload.
    max_queue : jobs that may wait or be worked on; further ones get 429.
    max_stored : bytes that the uploads of all jobs may take together; further ones get 503.
    page_seconds : time limit for reading one page.
    document_seconds : time limit for inspecting an upload, and for writing a result, per hundred pages.
    upload_seconds : time limit for an upload; pause_seconds is the limit for a pause in it.
    keep_seconds : time from a job's arrival to its deletion.
    worker_bytes : address space of each working process.
    attempts : how often a page is tried if its process or the service dies meanwhile.
    key_digests : sha256 digests, in hexadecimal, of the API keys; without any, everybody has access.
    samples : folder of the sample pages.
    """

    data: Path
    workers: int = os.cpu_count() or 1
    max_bytes: int = 50_000_000
    max_pages: int = 500
    max_queue: int = 64
    max_stored: int = 10_000_000_000
    page_seconds: float = 120
    document_seconds: float = 120
    upload_seconds: float = 600
    pause_seconds: float = 30
    keep_seconds: float = 24 * 3600
    worker_bytes: int = 4 * 2 ** 30
    attempts: int = 3
    key_digests: Tuple[str, ...] = ()
    samples: Path = field(default_factory=lambda: PACKAGED_SAMPLES if PACKAGED_SAMPLES.is_dir() else CLONE / "samples")

    def __post_init__(self) -> None:
        for name in ("workers", "max_bytes", "max_pages", "max_queue", "max_stored", "page_seconds", "keep_seconds"):
            if getattr(self, name) <= 0:
                raise InputError(f"{name} is {getattr(self, name)}; give a number above 0.")

    def owner(self, key: Optional[str]) -> Optional[str]:
        """Return the owner of the jobs that are made with a key.

        Returns
        -------
        The key's digest, "" where no keys are set, or None where this key is not one of them.
        """
        if not self.key_digests:
            return ""
        digest = digest_of(key or "")
        found = [known for known in self.key_digests if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def digest_of(key: str) -> str:
    """Return the sha256 of a key, in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def read_keys(file: Optional[Path], one: Optional[str]) -> Tuple[str, ...]:
    """Return the digests of the API keys: those of a file, one per line, and a single one.

    Raises
    ------
    InputError : the file cannot be read or holds no key, or a key is too short.
    """
    keys: Sequence[str] = [one] if one else []
    if file is not None:
        try:
            found = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: the API keys cannot be read ({error}). Give a text with one key a line.") from error
        keys = [*keys, *(line for line in found if line and not line.startswith("#"))]
        if not keys:
            raise InputError(f"{file}: holds no API key. Write one key a line, or leave --api-key-file out.")
    for key in keys:
        if len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable():
            raise InputError(f"An API key has {len(key)} characters; give {SHORTEST_KEY} or more of ASCII, such as what "
                             "`python -c 'import secrets; print(secrets.token_urlsafe())'` prints.")
    return tuple(dict.fromkeys(digest_of(key) for key in keys))
