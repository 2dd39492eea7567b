"""The web page as people use it: Debian's Chromium, driven by Playwright, on the service with its real models."""
from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pypdfium2
import pytest

playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("uvicorn")
expect = playwright.expect

ROOT = Path(__file__).parents[2]
SCREENSHOT = os.environ.get("OCR_SCREENSHOT")       # a .jpg to draw the page to, for the README
LONGEST = 60_000                                    # milliseconds that a page may take on a busy machine


@pytest.fixture(scope="module")
def service(chromium, installed_models, tmp_path_factory):
    """Start the service as its users do; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in installed_models.items() if name != "OCR_API_KEY"}
    process = subprocess.Popen([sys.executable, "scripts/serve.py", "--port", str(port), "--workers", "1", "--data",
                                str(tmp_path_factory.mktemp("jobs"))], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        said = []
        while not said or b"running on" not in said[-1].lower():
            said.append(process.stderr.readline())
            assert said[-1], b"".join(said).decode()                        # it ended instead
        threading.Thread(target=process.stderr.read, daemon=True).start()   # a full pipe would stop it
        address = f"http://127.0.0.1:{port}"
        send(chromium, address, "harbour.jpg")                              # the first page waits for the models
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def read(service, chromium):
    """Read two samples once; give a function from a sample's name to the address of its text in the page."""
    addresses = {name: f"{service}/#{send(chromium, service, name)['id']}"
                 for name in ("harbour.jpg", "garden-sideways.jpg")}
    return addresses.__getitem__


def send(chromium, service, name):
    """Send a sample as a program would; return the job."""
    with chromium.new_context() as window:
        answer = window.request.post(f"{service}/v1/pages?wait=60", timeout=2 * LONGEST, multipart={"file": {
            "name": name, "mimeType": "image/jpeg", "buffer": (ROOT / "samples" / name).read_bytes()}})
        assert answer.ok, answer.text()
        return answer.json()


def line(page, number):
    return page.locator(f".row-line[data-number='{number}']")


def inside(inner, outer, margin=1):
    """Tell whether one box of the screen lies in another."""
    return (inner["x"] >= outer["x"] - margin and inner["x"] + inner["width"] <= outer["x"] + outer["width"] + margin
            and inner["y"] >= outer["y"] - margin and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + margin)


def test_a_sample_is_read_corrected_and_taken_home_as_pdf(service, browse, tmp_path):
    page = browse(service)
    page.click("[data-sample='harbour.jpg']")
    expect(line(page, 1)).to_contain_text("The harbour was quiet")
    line(page, 4).locator(".word", has_text="seventeen").click()
    box = page.get_by_label("Text of line 4")
    expect(box).to_be_focused()
    if SCREENSHOT:
        page.screenshot(path=SCREENSHOT, type="jpeg", quality=82)
    box.fill(box.input_value().replace("seventeen", "Zweiundvierzig"))
    box.press("Enter")
    expect(line(page, 4)).to_have_class(re.compile("corrected"))
    page.click("#download")
    with page.expect_download() as download:
        page.click("[data-format='pdf']")
    assert download.value.suggested_filename == "harbour.pdf"
    download.value.save_as(tmp_path / "harbour.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "harbour.pdf")
    text = document[0].get_textpage().get_text_range()
    assert "Zweiundvierzig" in text and "seventeen" not in text and "harbour" in text
    page.reload()
    expect(line(page, 4)).to_contain_text("Zweiundvierzig")


def test_it_is_used_by_keyboard_alone(service, browse, tmp_path):
    page = browse(service)
    page.locator("[data-sample='harbour.jpg']").wait_for()
    press_until(page, "Tab", "document.activeElement.dataset.sample === 'harbour.jpg'")
    page.keyboard.press("Enter")
    line(page, 1).wait_for()
    assert page.evaluate("document.activeElement.id") == "text-title"       # where the text appears
    press_until(page, "Tab", "document.activeElement.classList.contains('edit')")
    page.keyboard.press("ArrowDown")
    expect(line(page, 2)).to_have_class(re.compile("lit"))
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    page.keyboard.type("By keyboard ")
    expect(page.locator(".viewer .line.lit")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(line(page, 2)).to_contain_text("By keyboard from the west")
    expect(line(page, 2).locator(".edit")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type(" nonsense")
    page.keyboard.press("Escape")
    expect(line(page, 2)).not_to_contain_text("nonsense")
    press_until(page, "Shift+Tab", "document.activeElement.id === 'viewer'")
    page.keyboard.press("+")
    page.keyboard.press("+")
    before = page.locator(".viewer svg").get_attribute("viewBox")
    page.keyboard.press("ArrowRight")
    assert page.locator(".viewer svg").get_attribute("viewBox") != before
    press_until(page, "Shift+Tab", "document.activeElement.id === 'download'")
    page.keyboard.press("ArrowDown")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "text.txt")
    assert "By keyboard from the west" in (tmp_path / "text.txt").read_text(encoding="utf-8")


def press_until(page, key, condition):
    """Press a key until something holds, thirty times at most."""
    for _ in range(30):
        page.keyboard.press(key)
        if page.evaluate(condition):
            return
    raise AssertionError(f"{key} does not lead to {condition}")


def test_text_and_picture_light_each_other_up(read, browse):
    page = browse(read("garden-sideways.jpg"))
    word = line(page, 2).locator(".word", has_text="seeds")
    word.hover()
    lit = page.locator(".viewer .word.lit")
    expect(lit).to_have_count(1)
    assert lit.get_attribute("data-word") == word.get_attribute("data-word")
    view, outline = page.locator("#viewer").bounding_box(), page.locator(".viewer .line.lit").bounding_box()
    assert inside(outline, view) and outline["width"] > 4 * outline["height"]       # upright; the image lies on its side
    first, last = (page.locator(".viewer polygon.line").nth(place).bounding_box() for place in (0, -1))
    assert first["y"] < last["y"]
    other = line(page, 5).locator(".word", has_text="nothing")
    page.locator(f".viewer [data-word='{other.get_attribute('data-word')}']").hover()
    expect(other).to_have_class(re.compile("lit"))


def test_the_picture_zooms_about_the_pointer_and_moves(read, browse):
    page = browse(read("harbour.jpg"))
    line(page, 1).wait_for()
    outline = page.locator(".viewer polygon.line").nth(5)
    before, view = outline.bounding_box(), page.locator("#viewer").bounding_box()
    x, y = round(before["x"] + before["width"] / 3), round(before["y"] + before["height"] / 2)
    page.mouse.move(x, y)
    for _ in range(4):
        page.mouse.wheel(0, -200)
    page.wait_for_function("document.querySelector('.viewer').classList.contains('zoomed')")
    after = outline.bounding_box()
    factor = after["width"] / before["width"]
    assert factor > 3
    assert abs(after["x"] - (x + (before["x"] - x) * factor)) < 2           # what is under the pointer stays there
    assert abs(after["y"] - (y + (before["y"] - y) * factor)) < 2
    page.mouse.down()
    page.mouse.move(x + 10, y - 40, steps=4)
    page.mouse.up()
    moved = outline.bounding_box()
    assert abs(moved["y"] - after["y"] + 40) < 2 and page.locator("textarea").count() == 0
    page.click("#zoom-fit")
    assert abs(outline.bounding_box()["width"] - before["width"]) < 1 and inside(before, view)


def test_two_fingers_zoom(read, browse):
    page = browse(read("harbour.jpg"), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    line(page, 1).wait_for()
    outline = page.locator(".viewer polygon.line").first
    before, session = outline.bounding_box(), page.context.new_cdp_session(page)
    view = page.locator("#viewer").bounding_box()
    x, y = view["x"] + view["width"] / 2, view["y"] + view["height"] / 2
    for kind, spread in (("touchStart", 20), ("touchMove", 30), ("touchMove", 60), ("touchEnd", None)):
        points = [] if spread is None else [{"x": x - spread, "y": y, "id": 0}, {"x": x + spread, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert outline.bounding_box()["width"] > 1.5 * before["width"]


def test_doubtful_words_are_marked_and_found(read, browse):
    page = browse(read("harbour.jpg"))
    marked = page.locator(".row-line .doubtful, .row-line .unsure").first
    expect(marked).to_have_css("text-decoration-line", "underline")
    expect(marked).to_contain_text("% sure")                                # said, too, not only drawn
    page.click("#doubt-next")
    selected = page.evaluate("(area => area.value.slice(area.selectionStart, area.selectionEnd))(document.activeElement)")
    assert marked.text_content().startswith(selected) and selected


def test_what_is_typed_is_text_and_nothing_else(read, browse):
    page = browse(read("garden-sideways.jpg"))
    text = "<img src=x onerror=document.title='caught'> & \"June\" <b>"
    line(page, 6).locator(".words").click()
    page.get_by_label("Text of line 6").fill(text)
    line(page, 8).locator(".words").click()                                 # going on elsewhere saves
    expect(page.get_by_label("Text of line 8")).to_be_focused()
    expect(line(page, 6)).to_have_class(re.compile("corrected"))
    assert line(page, 6).locator(".words").text_content() == text
    assert page.locator(".transcript img, .transcript b").count() == 0 and page.title() != "caught"


def test_a_correction_that_is_not_saved_stays_and_says_so(read, browse):
    page = browse(read("garden-sideways.jpg"))
    page.route("**/pages/1", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    line(page, 7).locator(".words").click()
    page.get_by_label("Text of line 7").fill("not to be lost")
    page.keyboard.press("Enter")
    expect(page.locator(".editor-problem")).to_contain_text("does not answer")
    assert page.get_by_label("Text of line 7").input_value() == "not to be lost"


def test_a_file_that_is_no_picture_is_refused_with_advice(service, browse, tmp_path):
    (tmp_path / "letter.png").write_text("Dear Anna, this is a text and no image.")
    page = browse(service)
    page.set_input_files("#file", tmp_path / "letter.png")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text(re.compile("JPEG|image"))
    page.get_by_role("button", name="Close").click()
    expect(problem).to_be_hidden()
    expect(page.get_by_role("heading", name="From handwriting to text")).to_be_visible()


def test_a_picture_is_dropped_or_pasted(service, browse):
    page = browse(service)
    for event in ("drop", "paste"):
        with page.expect_request("**/v1/pages?wait=0") as request:
            page.evaluate("""kind => {
                const data = new DataTransfer();
                data.items.add(new File(["x"], "note.png", { type: "image/png" }));
                const name = kind === "drop" ? "dataTransfer" : "clipboardData";
                const made = kind === "drop" ? DragEvent : ClipboardEvent;
                window.dispatchEvent(new made(kind, { [name]: data, cancelable: true }));
            }""", event)
        assert request.value.method == "POST"
        page.get_by_role("button", name="Close").click()


def test_the_language_is_chosen_and_the_steps_are_the_server_s(running, browse, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        page, held, jobs = browse(str(client.base_url)), [True], []

        def follow(route):
            job = route.fetch().json()
            jobs.append(job)
            if held:                                                        # as a server with one more stage would say
                job = {**job, "state": "working", "steps": [*job["steps"], "entities"],
                       "pages": [{**job["pages"][0], "state": "working", "stage": "entities"}]}
            route.fulfill(json=job)

        page.route("**/v1/jobs/*", follow)
        expect(page.locator("#language option")).to_have_text(
            ["any language (found by itself)", "English", "French", "German", "Spanish", "Vietnamese"])
        page.get_by_label("It is written in").select_option("French")
        page.set_input_files("#file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xffthe quick fox"})
        expect(page.locator("#progress [aria-current='step']")).to_have_text("Entities")
        expect(page.locator("#progress li")).to_have_text(["Sending", "Waiting for its turn", "Finding the paragraphs",
                                                           "Finding lines and words", "Reading the text", "Entities"])
        held.clear()
        expect(line(page, 1)).to_contain_text("the quick fox")
        assert {job["language"] for job in jobs} == {"fr"}


def test_a_phone_needs_no_scrolling_sideways(service, read, browse):
    page = browse(service, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.locator("[data-sample]").first.wait_for()
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wide)
    page.goto(read("harbour.jpg"))
    line(page, 11).wait_for()
    assert not page.evaluate(wide)
    line(page, 3).locator(".words").tap()
    page.get_by_label("Text of line 3").wait_for()
    assert not page.evaluate(wide)
    page.click("#download")
    assert inside(page.locator("#formats").bounding_box(), {"x": 0, "y": 0, "width": 360, "height": 740})


def test_the_key_is_asked_for_once_and_a_full_queue_waited_out(service, browse):
    page = browse("about:blank")
    sent, refused, fault = [], [], '{{"error": {{"code": "{}", "message": "Not now."}}}}'

    def guard(route):
        sent.append(route.request.headers.get("authorization"))
        if sent[-1] != "Bearer sesame":
            route.fulfill(status=401, body=fault.format("no_key"))
        elif route.request.method == "POST" and not refused:
            refused.append(route)
            route.fulfill(status=429, headers={"Retry-After": "1"}, body=fault.format("full"))
        else:
            route.continue_()

    page.route("**/v1/**", guard)
    page.goto(service)
    page.fill("#key", "sesame")
    page.get_by_role("button", name="Continue").click()
    page.click("[data-sample='garden-sideways.jpg']")
    expect(page.locator("#progress")).to_contain_text("Trying again in 1 s")
    expect(line(page, 1)).to_contain_text("Dear Anna")
    assert refused and sent.count(None) == 1 and set(sent[1:]) == {"Bearer sesame"}


def test_many_pages_are_turned_and_deleted(service, browse, tmp_path):
    from PIL import Image

    with Image.open(ROOT / "samples" / "garden-sideways.jpg") as image:
        blank = Image.new("RGB", (400, 300), "white")
        image.save(tmp_path / "two.pdf", save_all=True, append_images=[blank])
    page = browse(service)
    page.set_input_files("#file", tmp_path / "two.pdf")
    expect(line(page, 1)).to_contain_text("Dear Anna")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#notes")).to_contain_text("No line of handwriting was found.")
    expect(page.get_by_label("Page", exact=True).locator("option")).to_have_text(["Page 1 of 2", "Page 2 of 2, with a note"])
    page.get_by_role("button", name="Page before").click()
    expect(line(page, 1)).to_contain_text("Dear Anna")
    expect(page.locator("#notes")).to_be_hidden()
    address = page.url
    page.get_by_role("button", name="Delete from the server").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="From handwriting to text")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("no .*job"))
