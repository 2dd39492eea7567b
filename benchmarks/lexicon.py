#!/usr/bin/env python3
"""Print how well and how fast a lexicon's index finds the word that was misread, for lexicons of growing size.

reads   data sets with transcripts; words of wordfreq, and synthetic ones where these do not suffice
writes  nothing; a table on stdout
next    ocr/decoding/lexicon/index.py and word_vectors.py hold what was chosen by it
"""
from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

RANKS = (1, 10, 50)
_PAGE = 20                  # words that are re-ranked at once, as those of a page are


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR",
                        help=f"{DATA_SETS}; costs are learnt from every other page, the rest is searched for")
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--words", default="wordfreq:en", metavar="WORDS",
                        help="see scripts/build_lexicon.py (default: wordfreq:en)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], metavar="N",
                        help="words of each lexicon, frequent ones, then synthetic ones (default: 10000 100000 1000000)")
    parser.add_argument("--brute", type=int, default=50, metavar="N", help="words searched for by brute force, too (default: 50)")
    parser.add_argument("--model", metavar="NAME", help="recogniser (default: the first registered one)")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def misread(data: Sequence[str], split: str, model: Optional[str]) -> Dict[str, List]:
    """Read lines; give the texts of every other page as (read, written), and the single misread words of the rest."""
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples, read_samples

    recogniser = open_crnn(model, EngineSettings(threads=1))
    samples = load_samples(data, split, recogniser.height, cache_folder() / "lines")
    pages = sorted({(sample.source, sample.page) for sample in samples})
    learned: Set[Tuple[str, str]] = set(pages[::2])
    texts = [(line.text, sample.text, (sample.source, sample.page) in learned)
             for sample, line in zip(samples, read_samples(recogniser, samples))]
    return {"characters": recogniser.alphabet.characters, "lines": [(read, written) for read, written, known in texts if known],
            "misread": [pair for read, written, known in texts if not known for pair in changed_words(read, written)]}


def changed_words(read: str, written: str) -> List[Tuple[str, str]]:
    """Pair the words of a line that were read wrongly with what is written there, both without what is no letter."""
    from rapidfuzz.distance import Levenshtein

    from ocr.decoding.ctc.word_spans import words_of

    rows, columns = read.lower().split(), written.lower().split()
    pairs = [pair for block in Levenshtein.opcodes(rows, columns) if block.tag == "replace"
             for pair in zip(rows[block.src_start:block.src_end], columns[block.dest_start:block.dest_end])]
    parts = [(words_of(one), words_of(other)) for one, other in pairs]
    return [(one[0], other[0]) for one, other in parts if len(one) == len(other) == 1 and one != other
            and Levenshtein.normalized_distance(one[0], other[0]) <= 0.5]


def enough(counts: Dict[str, float], size: int) -> Dict[str, float]:
    """Take the most frequent words; where there are too few, join beginnings and ends of them to new ones."""
    found = dict(sorted(counts.items(), key=lambda item: -item[1])[:size])
    words, generator, min_count = list(counts), np.random.default_rng(0), min(counts.values())
    while len(found) < size:
        for one, other in generator.integers(len(words), size=(size, 2)):
            first, second = words[one], words[other]
            found.setdefault(first[:len(first) // 2 + 1] + second[len(second) // 2:], min_count)
            if len(found) >= size:
                break
    return {word: count for word, count in found.items() if len(word) <= 40}


def measure(found: Dict[str, List], source: str, size: int, brute: int) -> List[str]:
    """Build one lexicon in this process and search it; give the row of the table."""
    from ocr.decoding.lexicon.edit_costs import learn_costs
    from ocr.decoding.lexicon.words import Lexicon, WordList
    from ocr.decoding.ctc.lexicon_search import LexiconSettings
    from ocr.decoding.lexicon.index import nearest_of_all
    from ocr.decoding.lexicon.lists import read_words
    from ocr.decoding.lexicon.vectors import WordVectors
    from ocr.text.alphabet import Alphabet

    counts = enough(read_words(source, Alphabet(found["characters"]), []), size)
    lexicon = Lexicon(WordList.from_counts(counts), learn_costs(found["lines"], found["characters"]))
    start = time.perf_counter()
    lexicon.index.nearest(["warm"], 1)
    built = time.perf_counter() - start
    pairs = [(read, written) for read, written in found["misread"] if written in counts]
    queries, settings, nearest = [read for read, _ in pairs], LexiconSettings(), LexiconSettings().nearest
    mark = time.perf_counter()
    numbers = np.concatenate([lexicon.index.nearest([read], nearest) for read in queries])
    middle = time.perf_counter()
    for start in range(0, len(queries), _PAGE):
        lexicon.find(queries[start:start + _PAGE], nearest, settings.kept, lexicon.weights.weight)
    end = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ranked = lexicon.find(queries, nearest, max(RANKS), lexicon.weights.weight)
    vectors = WordVectors(lexicon.costs)
    table, wanted = vectors(lexicon.words.keys), vectors(queries[:brute])
    mark_all = time.perf_counter()
    truly = nearest_of_all(table, wanted, nearest)
    seconds = (time.perf_counter() - mark_all) / max(len(wanted), 1)
    agreed = np.mean([len(set(some) & set(others)) / len(others) for some, others in zip(numbers.tolist(), truly.tolist())])
    keys = lexicon.words.keys
    by_vector = [[written in keys[row[:rank]] for row, (_, written) in zip(numbers, pairs)] for rank in RANKS]
    by_cost = [[written in {one.word for one in row[:rank]} for row, (_, written) in zip(ranked, pairs)] for rank in RANKS]
    recalls = [" / ".join(f"{100 * np.mean(hits):.1f}" for hits in some) for some in (by_vector, by_cost)]
    return [f"{len(counts):,}", f"{built:.1f}", f"{memory:.0f}", f"{100 * agreed:.1f}", str(len(pairs)), *recalls,
            *(f"{1e3 * value:.3f}" for value in ((middle - mark) / len(queries), (end - middle) / len(queries), seconds))]


def main(argv: Optional[List[str]] = None) -> int:
    """Measure each size in a process of its own."""
    from ocr.scoring.report import markdown_table

    arguments = parse_args(argv)
    if arguments.here:
        found = json.loads(arguments.here.read_text())
        print(json.dumps(measure(found, arguments.words, arguments.sizes[0], arguments.brute)))
        return 0
    found, rows = misread(arguments.data, arguments.split, arguments.model), []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "misread.json"
        path.write_text(json.dumps(found))
        for size in arguments.sizes:
            words = [*sys.argv[1:]] if argv is None else list(argv)
            result = subprocess.run([sys.executable, __file__, *words, "--here", str(path), "--sizes", str(size)],
                                    capture_output=True, text=True)
            if result.returncode:
                print(result.stderr, file=sys.stderr)
                return 1
            rows.append(json.loads(result.stdout))
    print(markdown_table(["words", "build s", "peak MiB", "of exact neighbours, %", "misread words",
                          "recall by vectors at 1 / 10 / 50, %", "re-ranked, %", "ms a word: index", "re-ranked, 20 at once",
                          "brute force"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
