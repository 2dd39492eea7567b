"""Settings of cards: round trip, defaults for cards without settings, and what is refused."""
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Tuple

import pytest

from ocr.errors import ModelMismatch
from ocr.lines.ssd.anchors import AnchorMap
from ocr.lines.ssd.settings import SSDSettings
from ocr.models.registry import ModelCard, find
from ocr.models.settings import as_pairs, read_settings
from ocr.paragraphs.settings import ParagraphSettings


@dataclass(frozen=True)
class Inner:
    share: float = 0.5
    shapes: Tuple[Tuple[float, float], ...] = ((1.0, 2.0),)


@dataclass(frozen=True)
class Outer:
    size: int = 8
    inner: Inner = Inner()


def card(task="lines", **fields):
    return replace(find(task), **{"settings": (), **fields})


def test_names_of_inner_fields_are_dotted():
    assert as_pairs(Outer()) == (("size", 8), ("inner.share", 0.5), ("inner.shapes", ((1.0, 2.0),)))
    assert as_pairs(Outer(), without=("size",))[0] == ("inner.share", 0.5)


def test_a_card_without_settings_leaves_the_defaults_and_one_value_changes_one():
    assert read_settings(card(), Outer()) == Outer()
    read = read_settings(card(settings=(("inner.share", 0.75),)), Outer())
    assert read == Outer(8, Inner(0.75))


def test_inputs_count_and_settings_come_before_them():
    inputs = (("channels", 1), ("size", 5))
    assert read_settings(card(inputs=inputs), Outer()).size == 5
    assert read_settings(card(inputs=inputs, settings=(("size", 6),)), Outer()).size == 6


def test_an_integer_is_accepted_for_a_float():
    share = read_settings(card(settings=(("inner.share", 1),)), Outer()).inner.share
    assert share == 1.0 and isinstance(share, float)


@pytest.mark.parametrize("setting", [("inner.share", "much"), ("inner.share", True), ("inner.share", None), ("size", 2.5),
                                     ("inner.shapes", ()), ("inner.shapes", (1.0, 2.0)), ("inner.shapes", 3.0)])
def test_a_value_of_another_kind_is_refused_by_name(setting):
    with pytest.raises(ModelMismatch, match=setting[0]):
        read_settings(card(settings=(setting,)), Outer())


def test_a_setting_that_nobody_reads_is_refused():
    with pytest.raises(ModelMismatch, match="inner.shore"):
        read_settings(card(settings=(("inner.shore", 0.5),)), Outer())


OTHER_SSD = replace(SSDSettings(), width=512, anchors=replace(SSDSettings().anchors, lines=AnchorMap((8, 32), ((9.0, 90.5),))))
OTHER_PAGES = replace(ParagraphSettings(), longest=512, regions=replace(ParagraphSettings().regions, threshold=0.4))


@pytest.mark.parametrize("task, settings, own", [("lines", OTHER_SSD, "width"), ("paragraphs", OTHER_PAGES, "longest")])
def test_settings_survive_the_way_over_a_card_in_the_registry(task, settings, own):
    """Settings to card to JSON to card to settings to card."""
    written = card(task, inputs=((own, getattr(settings, own)),), settings=as_pairs(settings, without=(own,)))
    read = ModelCard.from_dict(json.loads(json.dumps(written.as_dict())))
    assert read == written and type(settings).from_card(read) == settings
    assert as_pairs(type(settings).from_card(read), without=(own,)) == written.settings


@pytest.mark.parametrize("task, kind", [("lines", SSDSettings), ("paragraphs", ParagraphSettings)])
def test_registered_cards_give_every_setting(task, kind):
    found = find(task)
    names = {name for name, _ in as_pairs(kind())}
    assert names == {name for name, _ in found.settings} | (names & {name for name, _ in found.inputs})
