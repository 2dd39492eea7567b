"""What stands before every request: security headers, keys, other sites' pages, the log, connections that never ask."""
from __future__ import annotations

import logging
import socket

import pytest

from ocr.serving.listening import TimeoutProtocol
from ocr.serving.settings import digest_of

KEYS = ("0123456789abcdef", "fedcba9876543210")
ME, YOU = ({"Authorization": f"Bearer {key}"} for key in KEYS)


@pytest.fixture(scope="module")
def keyed(running, tmp_path_factory):
    with running(data=tmp_path_factory.mktemp("keyed"), workers=1, key_digests=tuple(map(digest_of, KEYS))) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/healthz", "/metrics", "/openapi.json", "/v1/models",
                                  "/v1/jobs/x", "/nowhere", "/v1/nowhere"])
def test_every_answer_has_the_security_headers(service, path):
    headers = service.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' blob: data:;")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"] and "server" not in headers
    assert not any(name.startswith("access-control") for name in headers)
    assert headers["cache-control"] == ("no-store" if path.startswith("/v1/") else "no-cache")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong-wrong-wrong"}, {"Authorization": KEYS[0]},
                                     {"Authorization": f"Basic {KEYS[0]}"}, {"Authorization": f"Bearer {KEYS[0]}x"}])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/jobs/x", "/v1/samples/harbour.jpg", "/v1/nowhere",
                                  "/v1/jobs/x/pages/1/picture"])
def test_without_a_key_nothing_is_told(keyed, headers, path):
    answer = keyed.get(path, headers=headers)
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer KEY" in answer.json()["error"]["message"]


def test_the_page_and_the_counters_need_no_key(keyed):
    assert {keyed.get(path).status_code for path in ("/", "/healthz", "/metrics", "/openapi.json")} == {200}


def test_another_keys_job_is_not_there(keyed):
    job = keyed.post("/v1/pages", files={"file": ("a", b"\xff\xd8\xffmine")}, headers=ME).json()
    addresses = [f"/v1/jobs/{job['id']}", job["pages"][0]["page"], job["pages"][0]["picture"], job["results"]["txt"]]
    assert {keyed.get(path, headers=ME).status_code for path in addresses} == {200}
    assert {keyed.get(path, headers=YOU).status_code for path in addresses} == {404}
    assert keyed.patch(addresses[1], json={"lines": {"l1": "x"}}, headers=YOU).status_code == 404
    assert keyed.delete(addresses[0], headers=YOU).status_code == 404
    unknown = keyed.get(f"/v1/jobs/{'0' * 32}", headers=YOU)
    assert unknown.text == keyed.get(addresses[0], headers=YOU).text        # nor can be told from one that never was
    assert keyed.delete(addresses[0], headers=ME).status_code == 204


@pytest.mark.parametrize("headers, status", [
    ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403), ({"Origin": "null"}, 403),
    ({"Origin": "https://evil.example"}, 403), ({"Origin": "http://["}, 403),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, 200), ({}, 200)])
def test_pages_of_other_sites_change_nothing_here(service, headers, status):
    answer = service.post("/v1/pages", files={"file": ("a", b"\xff\xd8\xffx")}, headers=headers)
    assert answer.status_code == status
    assert service.delete("/v1/jobs/x", headers=headers).status_code == (403 if status == 403 else 404)


def test_a_page_of_the_service_itself_is_known_by_its_origin(service):
    origin = f"http://{service.base_url.host}:{service.base_url.port}"
    assert service.delete("/v1/jobs/x", headers={"Origin": origin}).status_code == 404


def test_the_log_tells_the_way_and_nothing_of_the_content(running, post, tmp_path, caplog):
    with caplog.at_level(logging.DEBUG), running(data=tmp_path, workers=1) as client:
        job = post(client, b"secret words", name="secret-name.jpg").json()
        client.get(job["results"]["txt"])
        client.patch(job["pages"][0]["page"], json={"lines": {"l1": "secret edit"}})
        client.patch(job["pages"][0]["page"], content=b'{"lines": {"secret-line": "x"}}')
        client.get("/v1/jobs/secret-job-%0Aid?secret=1")
        client.get("/secret/place", headers={"Authorization": "Bearer secret"})
        post(client, b"odd")
        client.post("/v1/pages", content=b"--b\r\nsecret", headers={"Content-Type": "multipart/form-data; boundary=b"})
    own = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert any("POST /v1/pages 200" in line for line in own)
    assert any("GET /v1/jobs/{job}/results/{name} 200" in line and job["id"][:8] in line for line in own)
    assert not any("secret" in line and "secret-j" not in line or job["id"] in line or "\n" in line for line in own)


def test_an_error_that_nobody_foresaw_is_answered_and_logged_without_its_message(service, post, monkeypatch, caplog):
    job = post(service).json()

    def fail(*_):
        raise RuntimeError("secret words")

    monkeypatch.setattr("ocr.serving.service.correct", fail)
    answer = service.patch(job["pages"][0]["page"], json={"lines": {"l1": "x"}})
    assert answer.status_code == 500 and answer.json()["error"]["code"] == "internal"
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text


def test_connections_that_do_not_ask_are_closed(service, monkeypatch):
    monkeypatch.setattr(TimeoutProtocol, "header_seconds", 0.1)
    for starts in ((b"",), (b"GET / HT",), (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT")):
        with socket.create_connection((service.base_url.host, service.base_url.port), timeout=4) as connection:
            for start in starts:
                connection.sendall(start)
                connection.recv(1) if start.endswith(b"\r\n\r\n") else None
            while connection.recv(65536):               # it is closed, and before uvicorn itself would close it
                pass


def test_methods_that_clients_invent_do_not_multiply_the_counters(service):
    for number in range(5):
        assert service.request(f"METHOD{number}", "/healthz").status_code == 405
        service.get(f"/path{number}")
    text = service.get("/metrics").text
    assert "METHOD" not in text and "/path" not in text and 'method="other"' in text
