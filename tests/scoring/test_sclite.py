"""Our error counts against sclite's: golden tables everywhere, the program itself where it is installed."""
import json
import random
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from ocr.errors import EngineUnavailable, OcrError, OutputError
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


@pytest.mark.parametrize("unit, percent", [("characters", "19.5"), ("words", "36.6")])
def test_percent_is_that_of_the_golden_table_and_of_the_counts(unit, percent):
    assert sclite.parse_percent((GOLDEN / f"{unit}.sum").read_text(encoding="utf-8")) == percent
    total = sclite.parse_counts((GOLDEN / f"{unit}.rsum").read_text(encoding="utf-8"))[-1]
    assert f"{100 * total.errors / total.tokens:.1f}" == percent


def test_output_without_a_table_is_an_error():
    for parse in (sclite.parse_counts, sclite.parse_percent):
        with pytest.raises(OcrError, match="Segmentation fault"):
            parse("Network_traverse: Null Network Pointer Passed\nSegmentation fault")


def test_edits_are_counted_as_sclite_weighs_them():
    assert sclite.weighted_edits("abcd", "abcd", "characters") == 0
    assert sclite.weighted_edits("house", "the house", "words") == 1
    assert Levenshtein.distance("cccaa", "aabbc") == 5                          # 5 substitutions weigh 20
    assert sclite.weighted_edits("cccaa", "aabbc", "characters") == 6           # to keep "aa" weighs 18
    assert sclite.weighted_edits("abc", "cde", "characters") == 3               # to keep "c" takes 4 and weighs 12, too


def check(**changes):
    counts = sclite.SpeakerCounts("Sum", 2, 200, 190, 7, 3, 1, 11)
    figures = {"unit": "words", "total": counts, "percent": "5.5", "tokens": 200, "errors": 11, "min_edits": 10}
    return sclite.CrossCheck(**{**figures, **changes})


def test_every_figure_must_be_the_same_to_be_equal():
    assert check().equal and check().as_dict()["equal"] is True and check().as_dict()["fewest_errors"] == 10
    assert not check(percent="5.6").equal and not check(tokens=201).equal and not check(errors=10).equal


def test_a_missing_sclite_is_reported_with_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineUnavailable, match="apt-get install sctk"):
        sclite.cross_check(PAIRS, "words")


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
    ours, total = score_texts(pairs), sclite.parse_counts(sclite.run_sclite(pairs, unit))[-1]
    assert total.tokens == (ours.characters if unit == "characters" else ours.words)
    assert total.errors >= (ours.character_edits if unit == "characters" else ours.word_edits)
    assert 4 * total.substitutions + 3 * (total.deletions + total.insertions) == \
        sum(Levenshtein.distance(sclite.tokens(pair.reference, unit), sclite.tokens(pair.hypothesis, unit),
                                 weights=(3, 3, 4)) for pair in pairs)


@pytest.mark.skipif(not sclite.installed(), reason="sclite is not installed")
@pytest.mark.parametrize("unit", ["characters", "words"])
def test_program_still_prints_the_golden_tables_and_they_are_ours(unit, tmp_path):
    found = sclite.cross_check(PAIRS, unit, tmp_path / "new", "beam+lm")
    output = (tmp_path / "new" / f"beam+lm.{unit}.txt").read_text(encoding="utf-8")
    golden = sclite.parse_counts((GOLDEN / f"{unit}.rsum").read_text(encoding="utf-8"))
    assert sclite.parse_counts(output) == golden and found.total == golden[-1]
    assert found.equal and found.errors == found.min_edits
    assert found.percent == sclite.parse_percent((GOLDEN / f"{unit}.sum").read_text(encoding="utf-8"))
    for name, text in (("reference", PAIRS[0].reference), ("beam+lm", PAIRS[0].hypothesis)):
        first, *others = (tmp_path / "new" / f"{name}.{unit}.trn").read_text(encoding="ascii").splitlines()
        assert first.split()[:-1] == [sclite.spell(token) for token in sclite.tokens(text, unit)]
        assert first.endswith(" (p000000-000000)") and len(others) == len(PAIRS) - 1


@pytest.mark.skipif(not sclite.installed(), reason="sclite is not installed")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        sclite.run_sclite(PAIRS, "words", tmp_path / "file")
