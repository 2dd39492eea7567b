"""Registry and cards: a round trip, defaults, and names that cannot do harm."""
import json
from dataclasses import replace

import pytest

from ocr.errors import ModelMismatch, ModelNotFound
from ocr.models.registry import ModelCard, ModelFile, find, pairs, registry, write_registry
from ocr.models.store import fetch, require


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


def newer_than_this_program(card, name="newer"):
    return replace(card, name=name, architecture="svtr-of-tomorrow", files=(ModelFile("other.bin", "0" * 64, 5),))


def test_a_model_of_an_architecture_that_is_not_known_does_not_break_the_others(card, tmp_path):
    newer = newer_than_this_program(card)
    write_registry([newer, card], tmp_path / "registry.json")
    assert registry() == (newer, card)
    assert find("recognition") == card == find("reader")        # the default is the first that can be opened
    assert (find("newer").size, find("newer").sha256) == (5, "0" * 64)


def test_asking_for_an_architecture_that_is_not_known_names_the_known_ones(card, tmp_path):
    write_registry([newer_than_this_program(card)], tmp_path / "registry.json")
    for name in ("newer", "recognition"):
        with pytest.raises(ModelMismatch, match="'svtr-of-tomorrow' are not known.*has crnn.*newer version"):
            require(name)
    with pytest.raises(ModelMismatch, match="svtr-of-tomorrow"):
        fetch(find("newer"))


def test_entries_from_before_architectures_are_read(card, tmp_path):
    entry = {name: value for name, value in card.as_dict().items() if name not in ("architecture", "settings", "notes")}
    entry["input"] = entry.pop("inputs")
    (tmp_path / "registry.json").write_text(json.dumps({"models": [entry]}), encoding="utf-8")
    assert registry() == (card,)
    assert registry()[0].kind.name == "crnn" and dict(registry()[0].inputs)["height"] == 48
    fetch(registry()[0])
    assert require("recognition").card == card


def test_settings_that_a_card_lacks_have_the_default_given(card):
    assert replace(card, settings=(("a", 0),)).setting("a", 5) == 0
    assert card.setting("a", 5) == 5


@pytest.mark.parametrize("sha256, size, fits", [("0" * 64, 0, True), ("0" * 64, -1, False), ("0" * 63, 1, False), ("G" * 64, 1, False)])
def test_files_have_a_digest_and_a_size(sha256, size, fits):
    if fits:
        assert ModelFile("a", sha256, size).size == size
    else:
        with pytest.raises(ValueError, match="not a sha256 and size"):
            ModelFile("a", sha256, size)
