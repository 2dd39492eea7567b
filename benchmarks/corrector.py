#!/usr/bin/env python3
"""Print what a corrector's proposals bring: to the readings of beam search, scored anew, and taken as they are.

reads   RUN, the folder that scripts/train_corrector.py wrote; the ground-truth lines of a data set
writes  nothing; a table on stdout
next    a corrector is registered only where the interval of what it saves over beam+lm lies above 0
"""
from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.engine.options import add_engine_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN", help="folder of a trained corrector")
    parser.add_argument("--data", action="append", required=True, metavar="KIND:DIR",
                        help=f"{DATA_SETS}; may be repeated")
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    add_engine_options(parser)
    return parser.parse_args(argv)


class Remembering:
    """A corrector's proposals, by the line that they were made for, and the time that they took."""

    def __init__(self, propose):
        self._propose = propose
        self.proposed: Dict[str, List[str]] = {}
        self.seconds = 0.0

    def __call__(self, read: Sequence[str]) -> List[List[str]]:
        """Propose texts for each line."""
        start = time.perf_counter()
        found = self._propose(read)
        self.seconds += time.perf_counter() - start
        self.proposed.update(zip(read, found))
        return found


def main(argv: Optional[List[str]] = None) -> int:
    """Read, compare, print."""
    from ocr.decoding.corrector.decoder import CORRECTED, CorrectorDecoder, open_proposals
    from ocr.decoding.opening import find_decoder, open_decoder
    from ocr.decoding.settings import DecodingSettings
    from ocr.engine.settings import EngineSettings
    from ocr.models.store import cache_folder
    from ocr.recognition.crnn.recogniser import open_crnn
    from ocr.recognition.samples import load_samples, read_samples
    from ocr.scoring.error_rates import NORMALISATION, TextPair

    arguments = parse_args(argv)
    engine = EngineSettings(arguments.engine, arguments.device, arguments.threads)
    recogniser = open_crnn(arguments.model, engine)
    samples = load_samples(arguments.data, arguments.split, recogniser.height, cache_folder() / "lines")
    base, _ = open_decoder(recogniser.alphabet, DecodingSettings(CORRECTED), engine)
    advice = Remembering(open_proposals(find_decoder(arguments.run), engine))
    readers = {"beam+lm": base, "scored anew": CorrectorDecoder(base, lambda read: [[] for _ in read]),
               "corrector": CorrectorDecoder(base, advice)}
    texts = {}
    for name, reader in readers.items():
        found = read_samples(lambda lines, reader=reader: reader(recogniser.frames(lines)), samples)
        texts[name] = [decoded.text for decoded in found]
    texts["its best text outright"] = [(advice.proposed.get(text) or [text])[0] for text in texts["beam+lm"]]
    pages = [f"{sample.source}/{sample.page}" for sample in samples]
    print(table({name: [TextPair(sample.text, text, page) for sample, text, page in zip(samples, found, pages)]
                 for name, found in texts.items()}))
    misread = [(read, sample.text) for read, sample in zip(texts["beam+lm"], samples) if read != sample.text]
    right = sum(written in advice.proposed.get(read, ()) for read, written in misread)
    print(f"\n{len(samples)} lines; {NORMALISATION}; 95 % intervals of differences, pages resampled in pairs. Of "
          f"{len(misread)} lines that beam+lm misreads, the right text is proposed for {right}. "
          f"Proposing takes {advice.seconds / max(len(samples), 1):.2f} s a line.")
    return 0


def table(pairs: Mapping[str, Sequence]) -> str:
    """Set readings of the same lines, by name, against the first."""
    from ocr.scoring.error_rates import paired_differences, score_texts
    from ocr.scoring.report import interval, markdown_table, percent

    first, *_ = pairs
    rows = []
    for name, found in pairs.items():
        rates = score_texts(found)
        saved = [interval(bounds, 2) for bounds in paired_differences(pairs[first], found)]
        rows.append([name, percent(rates.cer, 2), percent(rates.wer, 2), *saved])
    return markdown_table(["reading", "CER", "WER", f"CER below {first}", "WER below"], rows)


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
