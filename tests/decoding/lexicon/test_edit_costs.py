"""Edit distances against the textbook's, cell by cell, and costs against what was misread."""
from __future__ import annotations

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from ocr.decoding.lexicon.edit_costs import EditCosts, learn_costs

LETTERS = "abcdé"


def random_words(count, seed, most=7):
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(list(LETTERS + "zß"), generator.integers(0, most + 1))) for _ in range(count)]


def random_costs(seed):
    generator = np.random.default_rng(seed)
    prices = generator.uniform(0.1, 4.0, (len(LETTERS) + 1, len(LETTERS) + 3)).astype(np.float32)
    substitution = prices[:, 2:].copy()
    np.fill_diagonal(substitution, 0.0)
    return EditCosts("".join(sorted(LETTERS)), substitution, prices[:, 0], prices[:, 1])


def textbook(costs, read, written):
    """Wagner and Fischer's table, one cell after the other."""
    place = {character: number for number, character in enumerate(costs.characters)}
    rows, columns = ([place.get(character, len(place)) for character in word] for word in (read, written))
    table = np.zeros((len(rows) + 1, len(columns) + 1))
    for i in range(len(rows) + 1):
        for j in range(len(columns) + 1):
            ways = []
            if i:
                ways.append(table[i - 1, j] + costs.insertion[rows[i - 1]])
            if j:
                ways.append(table[i, j - 1] + costs.deletion[columns[j - 1]])
            if i and j:
                ways.append(table[i - 1, j - 1] + costs.substitution[rows[i - 1], columns[j - 1]])
            table[i, j] = min(ways, default=0.0)
    return table[-1, -1]


@pytest.mark.parametrize("seed", range(3))
def test_distances_are_those_of_the_textbook(seed):
    costs, read, written = random_costs(seed), random_words(150, seed), random_words(150, seed + 50)
    assert costs.distances(read, written) == pytest.approx([textbook(costs, *pair) for pair in zip(read, written)], rel=1e-5)


def test_plain_costs_give_levenshteins_distance():
    read, written = random_words(200, 1), random_words(200, 2)
    found = EditCosts.plain(LETTERS + "zß").distances(read, written)
    assert found.tolist() == list(map(Levenshtein.distance, read, written))


def test_words_unlike_in_length_and_none_at_all():
    costs = EditCosts.plain("abc")
    assert costs.distances(["", "", "abcabcabc", "ab"], ["", "abc", "", "b"]).tolist() == [0.0, 3.0, 9.0, 1.0]
    assert costs.distances([], []).shape == (0,)
    with pytest.raises(ValueError, match="1 words read and 2 written"):
        costs.distances(["a"], ["a", "b"])


def test_what_was_misread_often_is_cheap_in_that_direction_alone():
    pairs = [("tbe bat", "the hat")] * 20 + [("a big cat sat", "a big cat sat")] * 200
    costs = learn_costs(pairs, "abcdeghist ABC", smoothing=1.0)
    place = {character: number for number, character in enumerate(costs.characters)}
    assert costs.characters == "abcdeghist"                     # lower case, without the space
    b_for_h, h_for_b = (costs.substitution[place[one], place[other]] for one, other in ("bh", "hb"))
    assert b_for_h < 1 < h_for_b and b_for_h < costs.substitution[place["c"], place["h"]]
    assert costs.distances(["tbe"], ["the"])[0] == pytest.approx(b_for_h)
    assert (np.diag(costs.substitution) == 0).all()


def test_missed_and_made_up_characters_are_counted_where_they_happened():
    pairs = [("ct", "cat")] * 10 + [("dogt", "dog")] * 10 + [("cat dog", "cat dog")] * 100
    costs = learn_costs(pairs, "acdgot", smoothing=1.0)
    place = {character: number for number, character in enumerate(costs.characters)}
    assert costs.deletion.argmin() == place["a"] and costs.insertion.argmin() == place["t"]


def test_prices_are_minus_log_odds_of_counts():
    costs = learn_costs([("b", "a")] * 10 + [("a", "a")] * 90, "ab", smoothing=1e-9)
    assert costs.substitution[1, 0] == pytest.approx(np.log(90 / 10), rel=1e-5)


def test_without_any_pair_all_edits_of_a_kind_cost_the_same():
    costs = learn_costs([], "abc")
    assert len(set(np.round(costs.substitution[~np.eye(4, dtype=bool)], 5))) == 1 and costs.deletion.min() > 0


def test_costs_that_are_none_are_refused():
    good = EditCosts.plain("ab")
    for wrong in (np.full((3, 3), np.nan, np.float32), -np.ones((3, 3), np.float32)):
        with pytest.raises(ValueError, match="finite and 0 or more"):
            EditCosts("ab", wrong, good.insertion, good.deletion)
    with pytest.raises(ValueError, match="code point order"):
        EditCosts("ba", good.substitution, good.insertion, good.deletion)
    with pytest.raises(ValueError, match=r"expected \(4, 4\)"):
        EditCosts("abc", good.substitution, good.insertion, good.deletion)


def test_unknown_characters_get_the_costs_of_any_other_and_differ_from_each_other():
    costs = learn_costs([("tbe hovse", "the house")] * 5, "abcdefghijklmnopqrstuvwxyz")
    wide = costs.widened(" AÉ ő")
    assert wide.characters == "".join(sorted(costs.characters + "éő")) and costs.widened("XYZ ") is costs
    old = ["house", "hovse", "tbe"], ["mouse", "house", "the"]
    assert wide.distances(*old).tolist() == costs.distances(*old).tolist()
    assert wide.distances(["é", "h", "ő"], ["a", "é", ""]) == pytest.approx(costs.distances(["?", "h", "?"], ["a", "?", ""]))
    assert costs.distances(["é"], ["ő"]) == 0 < wide.distances(["é"], ["ő"]) and wide.distances(["ő"], ["ő"]) == 0
