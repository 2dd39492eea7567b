"""The database of the jobs: its tables, how those of an earlier version become them, and how it is opened."""
from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ocr.errors import OutputError

_CHANGES = ("""
BEGIN;
CREATE TABLE jobs (id TEXT PRIMARY KEY, owner TEXT NOT NULL, created REAL NOT NULL, expires REAL NOT NULL,
                   suffix TEXT NOT NULL, bytes INTEGER NOT NULL, options TEXT NOT NULL, edits INTEGER NOT NULL);
CREATE TABLE pages (job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, number INTEGER NOT NULL,
                    state TEXT NOT NULL DEFAULT 'queued', attempt INTEGER NOT NULL DEFAULT 0, code TEXT, message TEXT,
                    PRIMARY KEY (job, number));
CREATE INDEX waiting ON pages (state, number);
PRAGMA user_version = 1;
COMMIT;
""", """
BEGIN;
ALTER TABLE pages ADD COLUMN notes TEXT;
ALTER TABLE pages ADD COLUMN keep_doubtful INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 2;
COMMIT;
""")
VERSION = len(_CHANGES)
"""Of the database; each change turns one of the version before, 0 being an empty one, into the next."""


def open_database(data: Path) -> sqlite3.Connection:
    """Open the database in a folder of jobs, or create it; one of an earlier version is brought to this one.

    Raises
    ------
    OutputError : it cannot be used, or is of a later version.
    """
    try:
        os.chmod(data / "jobs", 0o700)
        os.close(os.open(data / "jobs.sqlite", os.O_CREAT, 0o600))      # whoever knows a job's id may see the job
        database = sqlite3.connect(data / "jobs.sqlite", check_same_thread=False, isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            database.execute(f"PRAGMA {setting}")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        for change in _CHANGES[version:]:
            database.executescript(change)
    except (sqlite3.Error, OSError) as error:
        raise OutputError(f"{data}: its database cannot be used ({error}). Choose another --data folder.") from error
    if version > VERSION:
        database.close()
        raise OutputError(f"{data}: was written by another version of this program (its database is {version}, "
                          f"this one writes {VERSION}). Choose another --data folder.")
    return database
