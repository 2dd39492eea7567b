#!/usr/bin/env python3
"""Build a lexicon, for --lexicon OUT, or to be published with the decoders' own lexicons.

reads   word lists, .txt or .txt.xz, one word per line, with its count after a tab; wordfreq:LANGUAGE; validation lines of data sets
writes  OUT/words.npz, OUT/run.json and the index of the words; one JSON object on stdout
next    scripts/3_recognise_text.py run ... --lexicon OUT; scripts/register_model.py publishes it
"""
from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional

if TYPE_CHECKING:
    from ocr.decoding.lexicon.edit_costs import EditCosts
    from ocr.text.alphabet import Alphabet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="+", metavar="WORDS",
                        help="word lists, or wordfreq:LANGUAGE or wordfreq:LANGUAGE:COUNT; each has the same weight")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the lexicon")
    parser.add_argument("--max-words", "--most", type=int, metavar="N", help="keep the N most frequent words (default: all)")
    parser.add_argument("--model", metavar="NAME", help="recogniser that it is for (default: the first registered one)")
    parser.add_argument("--confusions", action="append", default=[], metavar="KIND:DIR",
                        help="learn the edit costs from how the recogniser misreads the validation lines of this data set; "
                             "may be repeated (default: costs of the first registered lexicon)")
    arguments = parser.parse_args(argv)
    if arguments.max_words is not None and arguments.max_words < 1:
        parser.error(f"--max-words {arguments.max_words}: keep 1 word or more")
    return arguments


def read_counts(sources: List[str], alphabet: Alphabet, max_words: Optional[int]) -> Dict[str, float]:
    """Read all words; each source has the same total weight."""
    from ocr.decoding.lexicon.lists import read_words

    counts: Counter = Counter()
    problems: List[str] = []
    for source in sources:
        counts.update(read_words(source, alphabet, problems))
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return dict(counts.most_common(max_words))


def learn_edit_costs(data: List[str], model: Optional[str], alphabet: Alphabet) -> EditCosts:
    """Read validation lines and learn edit costs from the errors."""
    from ocr.decoding.lexicon.edit_costs import learn_costs
    from ocr.decoding.settings import DecodingSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.opening import open_recognition
    from ocr.recognition.samples import load_samples, read_samples

    recogniser = open_recognition(model, decoding=DecodingSettings("greedy")).recogniser
    samples = load_samples(data, "validation", recogniser.height, cache_folder() / "lines")
    read = read_samples(recogniser, samples)
    return learn_costs([(line.text, sample.text) for line, sample in zip(read, samples)], alphabet.characters)


def main(argv: Optional[List[str]] = None) -> int:
    """Build the lexicon and return the exit code."""
    from ocr.errors import exit_code

    arguments = parse_args(argv)
    return exit_code(lambda: build(arguments))


def build(arguments: argparse.Namespace) -> int:
    """Read the words, learn the costs, write the lexicon and its index."""
    from ocr.decoding.lexicon.words import Lexicon, WordList
    from ocr.decoding.lexicon.opening import default_costs
    from ocr.decoding.lexicon.file import SavedLexicon, load_lexicon, save_lexicon
    from ocr.models.tasks import TASKS
    from ocr.models.store import require
    from ocr.output import make_folder
    from ocr.text.alphabet import Alphabet
    from ocr.training.run_folder import hardware

    started = time.monotonic()
    alphabet = Alphabet(require(arguments.model or "recognition", "recognition").card.alphabet)
    words = WordList.from_counts(read_counts(arguments.words, alphabet, arguments.max_words))
    costs = learn_edit_costs(arguments.confusions, arguments.model, alphabet) if arguments.confusions else default_costs(alphabet)
    make_folder(arguments.out)
    path = arguments.out / TASKS["lexicon"].architectures[0].files[0]
    save_lexicon(path, SavedLexicon(words, costs, alphabet.characters))
    saved, indexing = load_lexicon(path), time.monotonic()
    Lexicon(saved.words, saved.costs, arguments.out).index.nearest(saved.words.keys[:1], 1)
    done = time.monotonic()
    description = {"task": "lexicon", "command": sys.argv, "data": arguments.words + arguments.confusions, "epochs": 1,
            "seconds": round(done - started, 1), "hardware": hardware(), "alphabet": None,
            "input": {"characters": len(alphabet.characters)}, "parameters": len(words.words)}
    (arguments.out / "run.json").write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({"words": len(words.words), "bytes": path.stat().st_size, "index_seconds": round(done - indexing, 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
