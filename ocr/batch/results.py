"""What runs have written into a folder, from which inputs and how, in .results.jsonl, which is only ever appended to.

The last entry of a page counts. One is appended before its files are written and one after, so that a run that is killed at
any moment knows its own files, and never takes those of somebody else, or ones that were corrected since, for them.
"""
from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ocr.batch.fingerprints import Fingerprint, fingerprint, is_unchanged
from ocr.errors import OcrError, OutputError
from ocr.formats.document import read_document
from ocr.formats.document_image import find_image
from ocr.models.download import digest
from ocr.output import make_folder, sweep, write_atomically
from ocr.page.model import Page, ProcessingStep

RECORD, FAILURES = ".results.jsonl", "failures.jsonl"
MAX_NAME = 255                                  # bytes, of most file systems


@dataclass(frozen=True)
class Job:
    """One page to work on.

    Parameters
    ----------
    source : the image, PDF, PAGE-XML or ALTO file.
    frame : index of the page in an image file of several pages.
    name : of its results, without their suffixes.
    """

    source: Path
    frame: int = 0
    name: str = ""

    @property
    def label(self) -> str:
        """The source's name, with the page's number where there are several."""
        return f"{self.source}, page {self.frame + 1}" if self.frame else str(self.source)


@dataclass(frozen=True)
class _Entry:
    """What is known of a page; paths are relative to the folder.

    Parameters
    ----------
    page : the source and the index of the page in it.
    made_by : digest of the steps that made `files` from `inputs`.
    files, old : digests of the files of these inputs, and of those of earlier ones.
    writing : the files that were being written when the process ended.
    failure : of the last attempt.
    """

    page: str
    name: str = ""
    made_by: str = ""
    inputs: Mapping[str, Fingerprint] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    old: Mapping[str, str] = field(default_factory=dict)
    writing: Sequence[str] = ()
    failure: Optional[Mapping[str, str]] = None

    @property
    def names(self) -> List[str]:
        """The names of its files."""
        return [*self.files, *self.old, *self.writing]


def is_document(path: Path) -> bool:
    """Return whether a file is taken for PAGE-XML or ALTO."""
    return path.suffix.lower() == ".xml"


def folded(name: str) -> str:
    """Return a file's name in the spelling in which names are compared: not every disk tells case or Unicode forms apart."""
    return unicodedata.normalize("NFC", name.casefold())


class Results:
    """The results of runs in one folder; may be used from several threads, and by several processes at a time.

    Parameters
    ----------
    folder : made if needed; what killed runs left there is removed.
    suffixes : of the files that this run writes for each page.
    steps : with which it makes them.
    option : which option names the folder, for messages.

    Raises
    ------
    OutputError : the folder cannot be made, or what is recorded there cannot be read.
    """

    def __init__(self, folder: Path, suffixes: Sequence[str], steps: Sequence[ProcessingStep], option: str):
        make_folder(folder)
        self.folder, self.suffixes, self.steps, self.option = folder, tuple(suffixes), tuple(steps), option
        self.root = folder.resolve()
        self._made_by = hashlib.sha256(repr(self.steps).encode("utf-8", "backslashreplace")).hexdigest()
        self._lock = Lock()
        try:
            sweep(folder)
            present = set(os.listdir(folder))
            self._entries = self._read()
        except OSError as error:
            raise OutputError(f"{folder}: its {RECORD} cannot be read ({error.strerror}). Give another {option}.") from error
        self._taken = {folded(name): entry.page for entry in self._entries.values() for name in entry.names if name in present}

    def page(self, job: Job) -> str:
        """Return what identifies a page: its file's path from the folder, however it was spelt, and its index."""
        return f"{self._relative(job.source)}#{job.frame}"

    def recorded_name(self, job: Job) -> str:
        """Return the name that a page's results have since an earlier run; empty where there is none.

        A file that was moved is known by its content.
        """
        page = self.page(job)
        if page not in self._entries and self._moved and os.path.exists(job.source):
            alike = self._moved.get(os.stat(job.source).st_size, {})
            found = alike.get((fingerprint(job.source)[-1], job.frame)) if alike else None
            if found is not None:
                self._entries[page] = replace(found, page=page, inputs={})
                self._taken.update((folded(name), page) for name in found.names)
        return self._entries[page].name if page in self._entries else ""

    def is_free(self, job: Job) -> bool:
        """Return whether no other page's result has, or will have, the name of one of this page's."""
        page, names = self.page(job), [job.name + suffix for suffix in self.suffixes]
        return all(self._taken.get(folded(name), page) == page and len(os.fsencode(name)) <= MAX_NAME for name in names)

    def claim(self, job: Job) -> None:
        """Keep the names of a page's results from other pages."""
        self._taken.update((folded(job.name + suffix), self.page(job)) for suffix in self.suffixes)

    def is_recorded(self, job: Job) -> bool:
        """Return whether a page was written here, or at least begun."""
        entry = self._entries.get(self.page(job))
        return entry is not None and bool(entry.name)

    def check(self, job: Job) -> None:
        """Check that the files of a page may be written.

        Raises
        ------
        OutputError : a file of that name is there which is not as this program wrote it.
        """
        for target in self.targets(job):
            self._check_own(job, target)

    def targets(self, job: Job) -> List[Path]:
        """Return the files of a page."""
        return [self.folder / (job.name + suffix) for suffix in self.suffixes]

    def is_done(self, job: Job) -> bool:
        """Return whether a page's files are all there, made by these steps from inputs that have not changed since."""
        entry = self._entries.get(self.page(job))
        if entry is None or not entry.name:
            return self._was_done(job)
        return (entry.made_by == self._made_by and bool(entry.inputs)
                and all(target.name in entry.files and target.exists() for target in self.targets(job))
                and all(is_unchanged(self.root / path, known) for path, known in entry.inputs.items()))

    def write(self, job: Job, inputs: Mapping[Path, Fingerprint], contents: Mapping[str, bytes]) -> None:
        """Write files of a page.

        Parameters
        ----------
        inputs : the files that it was made from, with their fingerprints from before they were read.
        contents : the bytes of the files by their suffixes.

        Raises
        ------
        OutputError : they cannot be written, or a file of that name is there which is not as this program wrote it.
        """
        entry = self._entries.get(self.page(job), _Entry(self.page(job)))
        for suffix in contents:
            self._check_own(job, self.folder / (job.name + suffix))
        known = {self._relative(path): value for path, value in inputs.items()}
        same = entry.made_by == self._made_by and _digests(entry.inputs) == _digests(known)
        files, old = (dict(entry.files), dict(entry.old)) if same else ({}, {**entry.old, **entry.files})
        self._append(replace(entry, name=job.name, files={}, old={**old, **files}, writing=[job.name + s for s in contents]))
        for suffix, content in contents.items():
            write_atomically(self.folder / (job.name + suffix), content)
            files[job.name + suffix] = hashlib.sha256(content).hexdigest()
        self._append(_Entry(entry.page, job.name, self._made_by, known, files,
                            {name: sha256 for name, sha256 in old.items() if name not in files}))

    def fail(self, job: Job, error: BaseException, reason: str) -> None:
        """Record that a page failed, and why, also in failures.jsonl."""
        entry = self._entries.get(self.page(job), _Entry(self.page(job)))
        failure = {"page": job.label, "error": type(error).__name__, "reason": reason}
        self._append(replace(entry, failure=failure))
        self._append_line(FAILURES, {**failure, "source": entry.page})

    def forgive(self, job: Job) -> None:
        """Forget that a page failed."""
        entry = self._entries.get(self.page(job))
        if entry is not None and entry.failure:
            self._append(replace(entry, failure=None))

    def close(self) -> None:
        """Leave in failures.jsonl the pages whose last attempt failed, in this process or another one."""
        path = self.folder / FAILURES
        before = path.read_bytes().splitlines() if path.exists() else []
        if not before:
            return
        entries = self._read()
        after = [line for line in before if self._is_of_earlier_version(line, entries)]
        after += [_line({**entry.failure, "source": entry.page}) for entry in entries.values() if entry.failure]
        if not after:
            path.unlink()
        elif after != before:
            write_atomically(path, b"".join(line + b"\n" for line in after))

    def _is_of_earlier_version(self, line: bytes, entries: Mapping[str, _Entry]) -> bool:
        """Return whether a line of failures.jsonl is of a page of which there is no record."""
        try:
            failure = json.loads(line)
            path, _, number = str(failure["page"]).partition(", page ")
            job = Job(Path(path), int(number or 1) - 1)
            return "source" not in failure and self.page(job) not in entries
        except (ValueError, TypeError, KeyError):
            return False

    @cached_property
    def _moved(self) -> Mapping[object, Mapping[Tuple[object, int], _Entry]]:
        """The entries whose source is gone, by its size, and then by its digest and the page's index."""
        gone: Dict[object, Dict[Tuple[object, int], _Entry]] = {}
        for entry in self._entries.values():
            source, _, frame = entry.page.rpartition("#")
            if source in entry.inputs and not (self.root / source).exists():
                size, _, sha256 = entry.inputs[source]
                gone.setdefault(size, {})[sha256, int(frame)] = entry
        return gone

    def _was_done(self, job: Job) -> bool:
        """Return whether PAGE-XML of a version without records is newer than its inputs, and was made by the same steps."""
        target = self.folder / f"{job.name}.xml"
        page = self._from_before(job, target) if self.suffixes == (".xml",) else None
        if page is None or page.steps[-len(self.steps):] != self.steps:
            return False
        made = target.stat().st_mtime_ns
        return all(path.stat().st_mtime_ns <= made for path in (job.source, find_image(target, page)))

    def _from_before(self, job: Job, target: Path) -> Optional[Page]:
        """Read this page's PAGE-XML from a version without records; None where it is something else."""
        try:
            page = read_document(target)
            image = find_image(target, page)
        except OcrError:
            return None
        is_same = is_document(job.source) or (image.samefile(job.source) and page.frame == job.frame)
        return page if is_same and [step.stage for step in page.steps[-1:]] == [self.steps[-1].stage] else None

    def _check_own(self, job: Job, target: Path) -> None:
        """Refuse to write over a file that is not as this program wrote it for this page."""
        if not os.path.lexists(target):
            return
        for entries in (lambda: self._entries, self._read):         # another process may have written it meanwhile
            entry = entries().get(self.page(job), _Entry(self.page(job)))
            known = {**entry.old, **entry.files}.get(target.name)
            with suppress(OSError):                                 # no file, or not readable
                if target.name in entry.writing or known == digest(target) \
                        or not entry.name and target.suffix == ".xml" and self._from_before(job, target):
                    return
        raise OutputError(f"{target}: is there already, and not as this program wrote it. Move it away, or give another "
                          f"{self.option}.")

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(os.path.join(_real(os.path.abspath(path.parent)), path.name), self.root)).as_posix()

    def _read(self) -> Dict[str, _Entry]:
        """Read the entries by page; lines that are not entries are dropped: their pages are worked on again."""
        entries: Dict[str, _Entry] = {}
        path = self.folder / RECORD
        for line in path.read_bytes().splitlines() if path.exists() else ():
            try:
                entry = _Entry(**json.loads(line))
                entries[entry.page] = entry
            except (ValueError, TypeError):
                continue
        return entries

    def _append(self, entry: _Entry) -> None:
        self._entries[entry.page] = entry
        self._append_line(RECORD, {name: value for name, value in asdict(entry).items() if value})

    def _append_line(self, name: str, values: Mapping[str, object]) -> None:
        """Append a line in one piece, and on a line of its own where a process was killed within the last one."""
        path = self.folder / name
        try:
            with self._lock, open(path, "ab+", buffering=0) as stream:
                if stream.tell():
                    stream.seek(-1, os.SEEK_END)
                    if stream.read(1) != b"\n":
                        stream.write(b"\n")
                stream.write(_line(values) + b"\n")
                if values.get("writing"):                           # before the files get their names
                    os.fsync(stream.fileno())
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}). Free some space, or give another "
                              f"{self.option}.") from error


def _line(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "backslashreplace")        # file names need not be Unicode


def _digests(inputs: Mapping[str, Fingerprint]) -> Dict[str, object]:
    return {path: known[-1] for path, known in inputs.items()}


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)
