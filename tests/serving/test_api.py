"""The REST interface as clients use it: jobs, pages, images, results, corrections."""
from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from ocr.formats.available import FORMATS
from ocr.formats.page_json import page_from_json


def test_one_page_is_answered_at_once(service, post):
    answer = post(service)
    job = answer.json()
    assert answer.status_code == 200 and answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert job["state"] == "done" and job["error"] is None and set(job["results"]) == set(FORMATS)
    assert job["steps"] == ["paragraphs", "lines", "recognition"] and job["language"] is job["whole"] is None
    assert job["created"] < job["expires"] and job["created"].endswith("Z")
    here = f"/v1/jobs/{job['id']}/pages/1"
    assert job["pages"] == [{"number": 1, "state": "done", "stage": None, "error": None, "warnings": [],
                             "left_out": False, "page": here, "picture": f"{here}/picture"}]
    page = service.get(job["pages"][0]["page"])
    assert page_from_json(page.content).text == "the quick fox" and page.headers["content-type"] == "application/json"
    image = service.get(job["pages"][0]["picture"])
    assert image.content == b"an image" and image.headers["content-type"] == "image/jpeg"


def test_who_does_not_wait_gets_a_job_to_look_at(running, post, gate, finished, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        with gate(tmp_path):
            answer = post(client, b"gate", wait=0)
            job = answer.json()["id"]
            while client.get(f"/v1/jobs/{job}").json()["pages"][0]["stage"] != "paragraphs":
                pass
            looked = client.get(f"/v1/jobs/{job}").json()
            assert answer.status_code == 202 and looked["state"] == looked["pages"][0]["state"] == "working"
            for path in (looked["pages"][0]["page"], looked["pages"][0]["picture"], looked["results"]["txt"]):
                assert client.get(path).status_code == 409
            assert client.patch(looked["pages"][0]["page"], json={"lines": {}}).status_code == 409
            assert post(client, b"gate", wait=1).status_code == 202     # one worker is at the gate, and the time is over
            assert client.get("/healthz").json() == {"status": "ok", "queue": 1, "workers": 1, "busy": 1}
        assert finished(client, job)["state"] == "done"


def test_a_document_of_several_pages(service, finished, tiff):
    answer = service.post("/v1/pages", files={"file": ("a", tiff(3))}, data={"format": ["txt", "page"]})
    assert answer.status_code == 202
    job = finished(service, answer.json()["id"])
    assert [page["number"] for page in job["pages"]] == [1, 2, 3] and set(job["results"]) == {"txt", "page"}
    assert service.get(job["results"]["txt"]).text.split("\f") == ["frame 0\n", "frame 1\n", "frame 2\n"]
    archive = service.get(job["results"]["page"])
    assert archive.headers["content-type"] == "application/zip"
    assert archive.headers["content-disposition"] == 'attachment; filename="text-page.zip"'
    with zipfile.ZipFile(BytesIO(archive.content)) as file:
        assert file.namelist() == ["page-0001.xml", "page-0002.xml", "page-0003.xml"]
        assert b"frame 2" in file.read("page-0003.xml")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_brought_under_a_name_of_ours(service, post, tiff, name):
    job = post(service, b"tea & \"cake\" <now>", name="<evil>\".html").json()
    if name == "pdf":
        answer = service.post("/v1/pages", files={"file": ("a", tiff(1))})      # an image that can be drawn
        job = answer.json()
    answer = service.get(job["results"].get(name))
    assert answer.status_code == 200 and answer.headers["content-type"] == FORMATS[name].media_type
    assert answer.headers["content-disposition"] == f'attachment; filename="text{FORMATS[name].suffix}"'
    assert answer.content


def test_a_document_of_which_a_page_fails_keeps_the_others(service, finished, tiff):
    answer = service.post("/v1/pages", files={"file": ("a", tiff(3) + b"bad page 1")})
    job = finished(service, answer.json()["id"])
    assert job["state"] == "done" and [page["state"] for page in job["pages"]] == ["done", "failed", "done"]
    assert job["error"] is None and job["pages"][1]["error"]["code"] == "unreadable"
    assert service.get(job["results"]["txt"]).text == "frame 0\n\fframe 2\n"
    assert service.get(job["pages"][1]["page"]).status_code == 409
    with zipfile.ZipFile(BytesIO(service.get(job["results"]["json"]).content)) as file:
        assert file.namelist() == ["page-0001.json", "page-0003.json"]


def test_a_page_that_cannot_be_read_says_why(service, post):
    job = post(service, b"damaged").json()
    assert job["state"] == "failed" and job["error"] == job["pages"][0]["error"]
    assert job["error"]["code"] == "unreadable" and job["error"]["message"].endswith("over the limit of 8. Make it smaller.")
    for path in (job["results"]["txt"], job["pages"][0]["page"]):
        assert service.get(path).status_code == 409 and service.get(path).json()["error"]["code"] == "failed"


def test_a_result_that_cannot_be_written_says_so(service, post):
    job = post(service).json()                                          # its upload is no image, which the PDF needs
    answer = service.get(job["results"]["pdf"])
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "unreadable"


def test_corrections_are_in_all_that_is_brought_after_them(service, post):
    job = post(service).json()
    before = service.get(job["results"]["txt"]).text
    page = job["pages"][0]["page"]
    text = "the <quick> e\u0301 & fox"
    answer = service.patch(page, json={"lines": {"l1": text}})
    assert answer.status_code == 200 and answer.content == service.get(page).content
    line = answer.json()["regions"][0]["lines"][0]
    assert line["text"] == "the <quick> \u00e9 & fox" and line["confidence"] is None
    assert line["words"][0]["confidence"] == 0.9 and line["words"][1]["confidence"] is None
    assert before == "the quick fox\n" and service.get(job["results"]["txt"]).text == "the <quick> \u00e9 & fox\n"
    assert "&lt;quick&gt; \u00e9 &amp;" in service.get(job["results"]["page"]).text
    service.patch(page, json={"lines": {"l1": "again"}})
    assert service.get(job["results"]["txt"]).text == "again\n"


def test_images_of_one_line_go_through_two_steps(service, post):
    for unit in ("line", "word"):
        job = post(service, fields={"whole": unit}).json()
        assert job["whole"] == unit and job["steps"] == ["lines", "recognition"]


def test_what_was_left_out_of_a_page_is_said_and_read_when_asked_for(running, post, finished, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        job = finished(client, post(client, b"partly faint").json()["id"])
        page = job["pages"][0]
        assert page["warnings"] == ["1 region was left out as doubtful: it may be print or a stain."] and page["left_out"]
        client.patch(page["page"], json={"lines": {"l1": "corrected"}})
        assert client.get(job["results"]["txt"]).text == "corrected\n"
        answer = client.post(f"{page['page']}/left-out")
        assert answer.status_code == 202 and answer.json()["id"] == job["id"]
        job = finished(client, job["id"])
        assert job["pages"][0]["warnings"] == [] and job["pages"][0]["left_out"] is False
        assert client.get(job["results"]["txt"]).text == "partly faint\n"
        files = sorted(path.name for path in (tmp_path / "jobs" / job["id"]).iterdir())
        assert files == ["0001.jpg", "0001.json", "original.jpg", "txt.2"]
        answer = client.post(f"{page['page']}/left-out")
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "nothing_left_out"


def test_a_page_without_lines_says_so_unless_all_is_read(service, post):
    page = post(service, b"faint").json()["pages"][0]
    assert page["left_out"] and page["warnings"][-1] == "No line of handwriting was found."
    assert post(service, b"faint", fields={"keep_doubtful": "false"}).json()["pages"][0]["warnings"] == page["warnings"]
    assert post(service, b"faint", fields={"keep_doubtful": "true"}).json()["pages"][0]["warnings"] == []


def test_a_page_that_cannot_be_read_once_more_keeps_its_text(service, post, finished):
    job = post(service, b"faint crash").json()
    page = job["pages"][0]
    assert service.post(f"{page['page']}/left-out").status_code == 202
    again = finished(service, job["id"])
    assert again["state"] == "done" and again["error"] is None
    assert again["pages"][0]["error"]["code"] == "crashed" and again["pages"][0]["warnings"] == page["warnings"]
    assert service.get(page["page"]).status_code == 200
    service.post(f"{page['page']}/left-out")
    assert finished(service, job["id"])["pages"][0]["error"]["code"] == "crashed"


def test_a_page_is_read_once_more_only_where_the_queue_has_room(running, post, gate, finished, tmp_path):
    with running(data=tmp_path, workers=1, max_queue=1) as client:
        page = finished(client, post(client, b"faint").json()["id"])["pages"][0]["page"]
        with gate(tmp_path):
            post(client, b"gate", wait=0)
            answer = client.post(f"{page}/left-out")
            assert answer.status_code == 429 and answer.headers["retry-after"]
            assert client.get(page).status_code == 200


def test_a_page_that_is_being_read_again_is_not_queued_twice(running, post, gate, finished, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        page = finished(client, post(client, b"faint").json()["id"])["pages"][0]["page"]
        with gate(tmp_path):
            post(client, b"gate", wait=0)
            assert [client.post(f"{page}/left-out").status_code for _ in range(2)] == [202, 409]
            assert client.get(page).status_code == 409


def test_results_from_before_a_correction_do_not_pile_up(running, post, tmp_path):
    with running(data=tmp_path, workers=1) as client:
        job = post(client).json()
        for text in ("one", "two", "three"):
            client.get(job["results"]["txt"])
            client.patch(job["pages"][0]["page"], json={"lines": {"l1": text}})
        assert client.get(job["results"]["txt"]).text == "three\n"
        files = sorted(path.name for path in (tmp_path / "jobs" / job["id"]).iterdir())
        assert files == ["0001.jpg", "0001.json", "original.jpg", "txt.3"]


@pytest.mark.parametrize("body, status, code", [
    (b'{"lines": {"nowhere": "x"}}', 422, "bad_correction"), (b'{"lines": {"l1": 7}}', 422, "bad_correction"),
    (b'{"lines": {"\\ud800": "x"}}', 422, "bad_correction"), (b'{"lines": ["l1"]}', 422, "bad_correction"),
    (b"[" * 100_000, 422, "bad_correction"), (b"\xff", 422, "bad_correction"), (b"", 422, "bad_correction"),
    (b"{}", 422, "bad_correction"), (b'{"lines": {"l1": "' + b"x" * 3000 + b'"}}', 422, "bad_correction"),
    (b'{"lines": {"l1": "' + b"x" * 1_100_000 + b'"}}', 413, "too_large"),
    (b'{"lines": {"l1": "\\ud800\\u0000"}}', 200, None)])
def test_corrections_that_are_none_are_refused(service, post, body, status, code):
    job = post(service).json()
    answer = service.patch(job["pages"][0]["page"], content=body)
    assert answer.status_code == status and (not code or answer.json()["error"]["code"] == code)
    assert all(service.get(job["results"][name]).status_code == 200 for name in ("txt", "page", "json"))


def test_a_deleted_job_is_gone(service, post):
    job = post(service).json()
    here = f"/v1/jobs/{job['id']}"
    assert service.delete(here).status_code == 204 and service.delete(here).status_code == 404
    assert {service.get(path).status_code for path in (here, job["pages"][0]["page"], job["results"]["txt"])} == {404}


def test_an_expired_job_is_gone(running, post, tmp_path):
    with running(data=tmp_path, workers=1, keep_seconds=1e-3) as client:
        answer = post(client, wait=0)
        assert client.get(answer.headers["location"]).status_code == 404


@pytest.mark.parametrize("path", [
    "/v1/jobs/..%2F..%2Fetc", "/v1/jobs/%00", "/v1/jobs/x/pages/1", "/v1/jobs/x/results/txt", "/nowhere", "/docs",
    "/v1/samples/..%2Fsetup.py", "/v1/samples/%2Fetc%2Fpasswd", "/static/..%2Fsettings.py", "/static/%2e%2e/settings.py"])
def test_what_is_not_there_is_not_found(service, path):
    answer = service.get(path)
    assert answer.status_code == 404 and answer.json()["error"]["message"].endswith(".")


@pytest.mark.parametrize("path, status", [("/v1/jobs/{id}/pages/2", 404), ("/v1/jobs/{id}/pages/0", 422),
                                          ("/v1/jobs/{id}/pages/x", 422), ("/v1/jobs/{id}/results/exe", 404)])
def test_pages_and_formats_that_a_job_has_not(service, post, path, status):
    answer = service.get(path.format(id=post(service).json()["id"]))
    assert answer.status_code == status and answer.json()["error"]["code"]


@pytest.mark.parametrize("wait", ["-1", "61", "x"])
def test_waiting_has_limits(service, post, wait):
    answer = post(service, wait=wait)
    assert answer.status_code == 422 and "query.wait" in answer.json()["error"]["message"]


def test_what_there_is_to_choose_from(service):
    models = service.get("/v1/models").json()
    assert {"recognition", "language"} <= {model["task"] for model in models["models"]}
    assert models["decoder"] in models["decoders"] and models["formats"] == list(FORMATS)
    assert models["languages"] == ["de", "en", "es", "fr", "vi"] and models["steps"] == ["paragraphs", "lines", "recognition"]
    assert models["limits"] == {"bytes": 50_000_000, "pages": 500}


def test_samples_are_listed_and_brought(service):
    names = [sample["name"] for sample in service.get("/v1/samples").json()["samples"]]
    assert "harbour.jpg" in names
    assert service.get("/v1/samples/harbour.jpg").content.startswith(b"\xff\xd8\xff")


def test_the_page_and_its_files_are_brought(service):
    page = service.get("/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text.replace("http://www.w3.org/", "") and "https://" not in page.text


def test_the_description_is_openapi(service):
    description = service.get("/openapi.json").json()
    assert description["openapi"].startswith("3.") and "/v1/pages" in description["paths"]
    form = description["paths"]["/v1/pages"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"file", "decoder", "language", "language_model", "format", "whole", "keep_doubtful"}
    json.dumps(description, allow_nan=False)


def test_documents_that_are_cut_short_are_refused_and_leave_the_service_as_it_was(service, tiff):
    from tests.images.pdfs import NO_PAGES, one_page

    whole = tiff(3)
    assert service.post("/v1/pages", files={"file": ("a", whole[:-20])}).status_code in (200, 202)     # whose pages before are read
    for data in (whole[:30], one_page(count=100_000), *NO_PAGES * 10):
        answer = service.post("/v1/pages", files={"file": ("a", data)})
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "unreadable", answer.text
    assert service.post("/v1/pages", files={"file": ("a", whole)}).status_code in (200, 202)
