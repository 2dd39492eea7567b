#!/usr/bin/env python3
"""Publish a trained network with the repository.

reads   RUN/network.onnx, network.json, weights.npz, run.json, and a score verb's --json output
writes  models/NAME/ with the files and their card, and ocr/models/registry.json
next    python get_models.py fetch NAME
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Optional, Sequence, Tuple

CLONE = Path(__file__).resolve().parents[1]


def setting(text: str) -> Tuple[str, Any]:
    """Read NAME=VALUE, the value in JSON."""
    name, _, value = text.partition("=")
    try:
        if not name:
            raise ValueError("no name")
        return name, json.loads(value, parse_constant=_refuse)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE with a value in JSON ({error}); "
                                         "write words in quotes: 'NAME=\"word\"'") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN", help="folder that training wrote")
    parser.add_argument("name", metavar="NAME", help="name of the model, such as recognition-latin")
    parser.add_argument("version", metavar="VERSION", help="version of the weights, such as 1.0")
    parser.add_argument("--figures", type=Path, required=True, metavar="FILE",
                        help="validation figures: JSON, or the saved output of a score verb with --json")
    parser.add_argument("--measured-on", required=True, metavar="TEXT", help="data and normalisation of these figures")
    licence = parser.add_mutually_exclusive_group(required=True)
    licence.add_argument("--licence", metavar="TEXT", help="terms of the weights")
    licence.add_argument("--licence-file", type=Path, metavar="FILE", help="the same, from a file")
    parser.add_argument("--languages", nargs="+", required=True, metavar="CODE", help="languages it learned, such as en fr")
    parser.add_argument("--training-data", nargs="+", default=(), metavar="TEXT",
                        help="one line for each data set, with its terms (default: as in run.json)")
    parser.add_argument("--notes", default="", metavar="TEXT", help="its limitations (default: none)")
    parser.add_argument("--architecture", default="", metavar="NAME",
                        help="architecture of the model (default: as in run.json, else the first of its task)")
    parser.add_argument("--setting", action="append", default=[], type=setting, metavar="NAME=VALUE", dest="settings",
                        help="a setting of the model, VALUE in JSON, such as nms.threshold=0.4; null removes it; may be repeated "
                             "(default: those in run.json and of the previously registered version)")
    parser.add_argument("--forget-settings", action="store_true",
                        help="discard the settings of the previously registered version (default: they are kept)")
    parser.add_argument("--default", action="store_true", help="make it the default model of its task (default: no)")
    parser.add_argument("--models", type=Path, default=CLONE / "models", metavar="FOLDER",
                        help="folder of the models (default: models/ of this clone)")
    parser.add_argument("--registry", type=Path, metavar="FILE", help="registry to enter it in (default: the package's own)")
    return parser.parse_args(argv)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Publish one model; returns the exit code."""
    args = parse_args(argv)
    from ocr.errors import OcrError
    from ocr.models.registration import Release, make_card, publish, read_json
    from ocr.models.registry import REGISTRY, registry

    try:
        release = Release(
            args.name, args.version, args.licence or args.licence_file.read_text(encoding="utf-8"),
            tuple(args.languages), read_json(args.figures), args.measured_on, tuple(args.training_data), args.notes,
            args.architecture, dict(args.settings))
        path = args.registry or REGISTRY
        previous = None if args.forget_settings else next((old for old in registry(path) if old.name == args.name), None)
        card = make_card(args.run, release, previous)
        publish(args.run, card, args.models, path, args.default)
    except (OcrError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{card.name} {card.version}: {card.task}, {card.size / 1e6:.1f} MB, {args.models / card.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
