#!/usr/bin/env python3
"""Serve the web page and the REST service.

reads   uploads of its clients; the installed models
writes  DIR, with a folder per job, until the jobs expire
next    open http://127.0.0.1:8000 in a browser, or read http://127.0.0.1:8000/openapi.json
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import List, Optional


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default: 8000)")
    parser.add_argument("--data", type=Path, default=Path("out/serving"), metavar="DIR",
                        help="folder for the jobs (default: out/serving)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="pages read at the same time (default: one per processor)")
    parser.add_argument("--queue", type=int, default=64, metavar="N",
                        help="jobs that may be queued or in progress; others are refused meanwhile (default: 64)")
    parser.add_argument("--max-mb", type=float, default=50, metavar="MB", help="largest upload, in megabytes (default: 50)")
    parser.add_argument("--keep-hours", type=float, default=24, metavar="H",
                        help="hours until a job is deleted (default: 24)")
    parser.add_argument("--api-key-file", type=Path, metavar="FILE",
                        help="text file with one API key per line; OCR_API_KEY in the environment is one more (default: no key)")
    return parser.parse_args(argv)


def serve(arguments: argparse.Namespace) -> int:
    """Serve until a signal arrives."""
    import logging

    from ocr.models.store import require
    from ocr.serving.app import create_app
    from ocr.serving.listening import make_server
    from ocr.serving.settings import Settings, read_keys

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    key = os.environ.pop("OCR_API_KEY", None)           # the processes that open untrusted files do not inherit it
    settings = Settings(arguments.data, arguments.workers, int(arguments.max_mb * 1e6), max_queue=arguments.queue,
                        keep_seconds=arguments.keep_hours * 3600, key_digests=read_keys(arguments.api_key_file, key))
    for task in ("paragraphs", "lines", "recognition", "language", "lexicon"):
        require(task)                                   # report missing models now, not to the first client
    server = make_server(create_app(settings), arguments.host, arguments.port)
    server.run()
    return 0 if server.started else 1


def main(argv: Optional[List[str]] = None) -> int:
    """Serve and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: serve(arguments))


if __name__ == "__main__":
    sys.exit(main())
