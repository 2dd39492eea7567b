"""The sub-commands of `ocr`, in one table; each is imported when it is used.

All but `read` are scripts: in a clone they are in scripts/, in an installed package in ocr/scripts/.
"""
from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Callable, List, Mapping, Optional, Sequence, Tuple

from ocr import __version__
from ocr.errors import InputError, exit_code

PACKAGED = Path(__file__).with_name("scripts")
CLONE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Command:
    """One sub-command.

    Parameters
    ----------
    name, purpose : for the help.
    script : the script that is run, without `.py`; None where the package itself runs it.
    stages : (stage, script) pairs: the argument after the name chooses the script, whose verb the name then is.
    """

    name: str
    purpose: str
    script: Optional[str] = None
    stages: Tuple[Tuple[str, str], ...] = ()


COMMANDS = (
    Command("read", "print the text of photos, scans and PDF"),
    Command("models", "list, fetch, verify and remove the models that read", "get_models"),
    Command("serve", "serve the web page and the REST service", "serve"),
    Command("export", "write pages that were read in other formats", "export"),
    Command("evaluate", "score whole pages against known text", "evaluate_iam"),
    Command("train", "train the network of a stage on your own pages", stages=(
        ("paragraphs", "1_segment_paragraphs"), ("lines", "2_segment_lines"), ("recognition", "3_recognise_text"))),
)


def dispatch(words: Sequence[str], builtin: Mapping[str, Callable[[List[str]], int]]) -> int:
    """Run the sub-command that the first argument names, with the arguments after it.

    Parameters
    ----------
    words : the command line, without the program.
    builtin : functions of the commands that are not scripts.
    """
    chosen = _parser().parse_args(list(words[:1])).command
    command = next(known for known in COMMANDS if known.name == chosen)
    rest = list(words[1:])
    if command.stages:
        stage = _stage_parser(command).parse_args(rest[:1]).stage
        script, rest = dict(command.stages)[stage], [command.name, *rest[1:]]
        return exit_code(lambda: run_script(script, rest))
    name = command.script
    return exit_code(lambda: run_script(name, rest)) if name else builtin[chosen](rest)


def find_script(name: str) -> Path:
    """Find a script in the package, or in the clone that the package is used from.

    Raises
    ------
    InputError : it is in none of these places.
    """
    places = [folder / f"{name}.py" for folder in (PACKAGED, CLONE / "scripts", CLONE)]
    for path in places:
        if path.is_file():
            return path
    raise InputError(f"This installation lacks the script {name}.py, looked for as {', '.join(map(str, places))}.\n"
                     "Install the package again, from a wheel or a clone.")


def run_script(name: str, words: List[str]) -> int:
    """Run a script's `main` in this process, as if it had been started with these arguments."""
    path = find_script(name)
    spec = spec_from_file_location(f"ocr_script_{name}", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    before, sys.argv = sys.argv, [f"scripts/{path.name}", *words]       # what --help and run.json show as the command
    try:
        spec.loader.exec_module(module)
        return module.main(words)
    finally:
        sys.argv = before


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {command.name:10} {command.purpose}" for command in COMMANDS)
    parser = argparse.ArgumentParser(prog="ocr", description="Read handwriting.",
                                     epilog=f"commands:\n{listing}\n\n`ocr COMMAND --help` says more.",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"ocr {__version__}")
    parser.add_argument("command", metavar="COMMAND", choices=[command.name for command in COMMANDS],
                        help=", ".join(command.name for command in COMMANDS))
    return parser


def _stage_parser(command: Command) -> argparse.ArgumentParser:
    stages = [stage for stage, _ in command.stages]
    parser = argparse.ArgumentParser(prog=f"ocr {command.name}", description=command.purpose.capitalize() + ".",
                                     epilog=f"`ocr {command.name} {stages[0]} --help` says more.")
    parser.add_argument("stage", metavar="STAGE", choices=stages, help=", ".join(stages))
    return parser
