"""Texts of held-out lines are recognised, whatever their case and punctuation, and no others."""
from ocr.datasets.held_out import HeldOut


def test_a_text_is_recognised_by_four_consecutive_words():
    held_out = HeldOut(["He said: \"The harbour was quiet.\"", "Nobody"])
    assert held_out.shares_words("then SAID, the Harbour - was")
    assert held_out.shares_words("the harbour was quiet, and cold")
    assert not held_out.shares_words("The harbour was very quiet")              # three and one
    assert not held_out.shares_words("quiet. Nobody the harbour was")           # not across two texts
    assert not held_out.shares_words("") and not HeldOut().shares_words("the harbour was quiet")
