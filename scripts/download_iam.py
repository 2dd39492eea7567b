#!/usr/bin/env python3
"""Download the IAM handwriting database with your own account (free, for non-commercial research).

reads   credentials.json (see credentials.json.example), or IAM_USERNAME and IAM_PASSWORD
writes  FOLDER/ascii, forms, lines, words, xml, in IAM's original layout
next    scripts/evaluate_iam.py --data iam:FOLDER
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Optional, Sequence

CLONE = Path(__file__).resolve().parents[1]


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.iam_download import DATA, FOLDERS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder to put IAM in")
    parser.add_argument("--archives", nargs="+", choices=tuple(FOLDERS), default=tuple(FOLDERS), metavar="NAME",
                        help=f"which archives: {', '.join(FOLDERS)} (default: all)")
    parser.add_argument("--url", default=DATA, help=f"address of the folder that holds the archives (default: {DATA})")
    parser.add_argument("--credentials", type=Path, default=CLONE / "credentials.json", metavar="FILE",
                        help="JSON file with user and password (default: credentials.json of this clone)")
    parser.add_argument("--keep-archives", action="store_true", help="keep the .tgz files (default: removed once unpacked)")
    return parser.parse_args(argv)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Download and unpack; returns the exit code."""
    args = parse_args(argv)
    from ocr.datasets.iam_download import Site, download, is_exposed, read_credentials
    from ocr.errors import OcrError

    try:
        if is_exposed(args.credentials):
            print(f"warning: {args.credentials} can be read by other users. Run: chmod 600 {args.credentials}", file=sys.stderr)
        download(Site(args.url), read_credentials(args.credentials, os.environ), args.folder, args.archives,
                 keep=args.keep_archives, report=print)
    except OcrError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to resume.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
