"""Our error counts against sclite's: golden tables everywhere, the program itself where it is installed."""
import json
import random
from pathlib import Path

import pytest

from ocr.errors import OcrError
from ocr.scoring import sclite
from ocr.scoring.error_rates import TextPair, score_texts

GOLDEN = Path(__file__).resolve().parent.parent / "data" / "sclite"
PAIRS = [TextPair(**row) for row in json.loads((GOLDEN / "pairs.json").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("unit", ["characters", "words"])
def test_counts_are_those_of_the_golden_table(unit):
    table = sclite.parse_counts((GOLDEN / f"{unit}.rsum").read_text(encoding="utf-8"))
    groups = list(dict.fromkeys(pair.group for pair in PAIRS))
    assert [row.speaker for row in table] == ["p000000", "p000001", "p000002", "Sum"]
    for row, chosen in zip(table, [*([group] for group in groups), groups]):
        ours = score_texts([pair for pair in PAIRS if pair.group in chosen])
        assert row.tokens == (ours.characters if unit == "characters" else ours.words)
        assert row.errors == (ours.character_edits if unit == "characters" else ours.word_edits)
        assert row.errors == row.substitutions + row.deletions + row.insertions


def test_columns_are_found_by_name():
    rows = ["| SPKR | Ins Err | # Wrd # Snt | Corr Sub Del S.Err |", "|---+---+---|", "| p1 | 1 9 | 7 8 | 3 4 5 6 |",
            "| Sum | 1 9 | 7 8 | 3 4 5 6 |", "| Mean | 1.0 9.0 | 7.0 8.0 | 3.0 4.0 5.0 6.0 |"]
    assert sclite.parse_counts("\n".join(rows))[0] == sclite.SpeakerCounts("p1", 8, 7, 3, 4, 5, 1, 9)


def test_output_without_a_table_is_an_error():
    with pytest.raises(OcrError, match="Segmentation fault"):
        sclite.parse_counts("Network_traverse: Null Network Pointer Passed\nSegmentation fault")


def test_spelling_keeps_tokens_apart_and_free_of_markup():
    tokens = ["é", "Z", "Ze9Z", "e9", " ", "{", "a/b", "(p1-0)", ";;", "@", "a", "A", "", "٣"]
    spelt = [sclite.spell(token) for token in tokens]
    assert len(set(spelt)) == len(tokens)
    assert all(word.isascii() and (word.isalnum() or not word) for word in spelt)


@pytest.mark.skipif(not sclite.installed(), reason="sclite is not installed")
@pytest.mark.parametrize("unit", ["characters", "words"])
def test_program_against_random_pairs(unit):
    rng = random.Random(3)
    pairs = []
    for _ in range(60):
        reference, hypothesis = ("".join(rng.choices("abé (;{", k=rng.randrange(14))) for _ in range(2))
        pairs.append(TextPair(reference, hypothesis, f"page {rng.randrange(4)}"))
    ours, total = score_texts(pairs), sclite.run_sclite(pairs, unit)[-1]
    assert total.tokens == (ours.characters if unit == "characters" else ours.words)
    assert total.errors >= (ours.character_edits if unit == "characters" else ours.word_edits)
    assert 4 * total.substitutions + 3 * (total.deletions + total.insertions) == \
        sum(sclite.weighted_distance(pair.reference, pair.hypothesis, unit) for pair in pairs)


@pytest.mark.skipif(not sclite.installed(), reason="sclite is not installed")
def test_program_still_prints_the_golden_table():
    for unit in ("characters", "words"):
        table = sclite.parse_counts((GOLDEN / f"{unit}.rsum").read_text(encoding="utf-8"))
        assert [vars(row)["errors"] for row in sclite.run_sclite(PAIRS, unit)] == [row.errors for row in table]
        assert [row.speaker for row in sclite.run_sclite(PAIRS, unit)] == ["a01", "imp_0022", "b05 x", "Sum"]
