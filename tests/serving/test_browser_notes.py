"""What the web page asks before a page is sent and says above its text, in Chromium, on a service that needs no models."""
from __future__ import annotations

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("uvicorn")


def stand_in(said):
    """An upload that says what the stand-in for the models is to do."""
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + said.encode()}


def line(page):
    """The first line of the text."""
    return page.locator(".row-line[data-number='1']")


def test_what_an_image_shows_is_chosen_by_keyboard_and_said_with_the_text(running, browse, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        page = browse(str(client.base_url))
        choice = page.get_by_label("Each image shows")
        expect(choice.locator("option:checked")).to_have_text("a page")
        choice.focus()
        page.keyboard.type("one w")
        with page.expect_response("**/v1/pages?wait=0") as answer:
            page.set_input_files("#file", stand_in("quick"))
        assert answer.value.json()["whole"] == "word"
        expect(page.locator("#notes")).to_have_text("The whole image was read as one word.")
        expect(page.locator("#progress li")).to_have_text(["Sending", "Waiting for its turn", "Finding lines and words",
                                                           "Reading the text"])
        page.get_by_role("button", name="New page").click()
        with page.expect_response("**/v1/pages?wait=0") as answer:
            page.click("[data-sample='harbour.jpg']")                       # which shows a page, whatever was chosen
        assert answer.value.json()["whole"] is None


def test_a_page_on_which_nothing_was_found_says_so_and_reads_what_was_left_out(running, browse, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        page = browse(str(client.base_url))
        page.set_input_files("#file", stand_in("faint"))
        expect(page.locator("#notes p")).to_have_text([
            "No line of handwriting was found.", "1 region was left out as doubtful: it may be print or a stain.",
            re.compile("try a sharper")])
        expect(page.locator("#status")).to_contain_text("No line of handwriting was found. 1 region was left out as doubtful")
        page.get_by_role("button", name="Read what was left out").press("Enter")
        expect(line(page)).to_contain_text("faint")
        expect(page.locator("#notes")).to_be_hidden()
        page.click("#download")                                             # the results can be had again
        expect(page.locator("[data-format='txt']")).to_be_visible()


def test_corrections_are_given_up_for_what_was_left_out_only_where_that_is_chosen(running, browse, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        page = browse(str(client.base_url))
        page.set_input_files("#file", stand_in("partly faint"))
        line(page).locator(".words").click()
        page.get_by_label("Text of line 1").fill("corrected")
        page.get_by_role("button", name="Read what was left out").click()
        page.get_by_role("button", name="Keep my corrections").click()
        expect(line(page)).to_contain_text("corrected")
        page.get_by_role("button", name="Read what was left out").click()
        page.get_by_role("button", name="Read again").click()
        expect(line(page)).to_contain_text("partly faint")
        expect(page.locator("#notes")).to_be_hidden()
