"""Look for known security holes in the packages of this environment, with pip-audit.

reads   what is installed, and the advisories of the package index
writes  the holes, on stdout; exits 1 where a version without one has been released
next    raise the lowest versions in pyproject.toml
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any, Dict, List, Optional

COMMAND = (sys.executable, "-m", "pip_audit", "--local", "--skip-editable", "--progress-spinner=off", "--format=json")
SECONDS = 300


def audit() -> List[Dict[str, Any]]:
    """Return pip-audit's findings, package by package; none where it cannot tell."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False)
        return json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return []


def report(packages: List[Dict[str, Any]]) -> int:
    """Print the holes of packages, and how many packages could not be looked up; return the exit code."""
    known = [package for package in packages if "vulns" in package]
    holes = [(package, hole) for package in known for hole in package["vulns"]]
    for package, hole in holes:
        remedy = f"update it to {hole['fix_versions'][-1]}" if hole["fix_versions"] else "there is no version without it"
        print(f"{package['name']} {package['version']}: {hole['id']}; {remedy}")
    if not known:
        print("known holes were not looked for: pip-audit cannot reach its data")
    elif len(known) < len(packages):
        print(f"known holes: {len(packages) - len(known)} of {len(packages)} packages could not be looked up")
    return int(any(hole["fix_versions"] for _, hole in holes))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    return argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Look for holes and return the exit code."""
    parse_args(argv)
    return report(audit())


if __name__ == "__main__":
    sys.exit(main())
