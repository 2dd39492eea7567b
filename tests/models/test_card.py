"""The card of a model as Markdown."""
from dataclasses import replace

from ocr.models.card import render_card


def test_a_card_tells_all_that_a_user_needs(card):
    text = render_card(card)
    for needed in ("# reader 1.0", "Reads the text", "en, fr", "height 48, channels 1, mean (0.5)", "1,234,567",
                   "CC-BY 4.0", "IAM validation", "12 epochs in 2.0 h on 2 cores", "| cer | 0.1235 |",
                   "| interval | (0.1, 0.15) |", "- iam:a folder", "5 characters", "     |`ab\n", card.sha256,
                   "scripts/3_recognise_text.py train --data 'iam:a folder'", "| `weights.npz` | 1,000 |"):
        assert needed in text, needed


def test_cells_cannot_break_their_table(card):
    text = render_card(replace(card, licence="a | b\nc"))
    assert "| Licence | a \\| b c |" in text


def test_what_does_not_apply_is_left_out(card):
    assert "Alphabet" not in render_card(replace(card, alphabet=None))


def test_durations_have_a_fitting_unit(card):
    for seconds, shown in ((42, "42 s"), (89, "89 s"), (90, "2 min"), (3000, "50 min"), (5340, "89 min"),
                           (5400, "1.5 h"), (100_000, "27.8 h")):
        assert f"in {shown} on" in render_card(replace(card, seconds=seconds))
