"""Registry and cards: a round trip, defaults, and names that cannot do harm."""
from dataclasses import replace

import pytest

from ocr.errors import ModelNotFound
from ocr.models.registry import ModelCard, ModelFile, find, pairs, registry, write_registry


def test_cards_survive_the_disk(card, tmp_path):
    odd = replace(card, name="odd", alphabet=None, notes='"é\n', inputs=(("sizes", ((1, 2), (3, 4))), ("mean", 0.1)))
    write_registry([card, odd], tmp_path / "registry.json")
    assert registry() == (card, odd)
    assert hash(registry()[1]) == hash(odd)


def test_a_changed_registry_is_read_again(card, tmp_path):
    assert registry() == (card,)
    write_registry([], tmp_path / "registry.json")
    assert registry() == ()


def test_models_are_found_by_name_and_the_first_stands_for_its_task(card):
    other = replace(card, name="other")
    lines = replace(card, name="finder", task="lines")
    cards = (lines, card, other)
    assert find("other", cards) is other
    assert find("recognition", cards) is card
    assert find("lines", cards) is lines


def test_unknown_names_list_the_known_ones(card):
    with pytest.raises(ModelNotFound, match="'redaer'.*Registered: reader;"):
        find("redaer")


def test_the_network_stands_for_the_model(card):
    assert card.sha256 == card.files[0].sha256 != card.files[1].sha256
    assert card.size == 3000


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a b"])
def test_names_stay_inside_their_folder(card, name):
    for change in ({"name": name}, {"version": name}):
        with pytest.raises(ValueError, match="cannot be"):
            replace(card, **change)
    with pytest.raises(ValueError, match="cannot be"):
        ModelFile(name, "0" * 64, 1)


@pytest.mark.parametrize("change", [{"task": "music"}, {"name": "lines"}, {"files": ()}])
def test_cards_that_make_no_sense_are_refused(card, change):
    with pytest.raises(ValueError):
        replace(card, **change)


def test_misspelt_fields_are_refused(card):
    with pytest.raises(ValueError, match="licence_"):
        ModelCard.from_dict({**card.as_dict(), "licence_": "x"})


def test_nested_objects_become_dotted_names():
    assert pairs({"lines": {"f1": 0.9, "ap": {"50": 1}}, "n": [1, [2]]}) == (
        ("lines.f1", 0.9), ("lines.ap.50", 1), ("n", (1, (2,))))
