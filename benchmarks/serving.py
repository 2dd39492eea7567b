#!/usr/bin/env python3
"""Print how the web service bears load: pages/s and waiting times, a full queue, slow clients, memory over many requests.

reads   images (default: samples/)
writes  nothing that stays; tables on stdout, with --json one line of JSON at the end
next    quote the figures together with the processor's name, which is printed, too
"""
from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PICTURES = (".jpg", ".jpeg", ".png")
WARM_UP = 100                       # requests before memory is counted


@dataclass(frozen=True)
class Load:
    """What some clients saw at the same time.

    Parameters
    ----------
    clients : number of clients, each with one request after the other.
    pages, refused, errors : requests answered with a page, with 429, with anything else.
    seconds : from the first request to the last answer.
    median, percentile_99 : seconds that a page took.
    mebibytes : resident memory of the service and its processes when it was over.
    """

    clients: int
    pages: int
    refused: int
    errors: int
    seconds: float
    median: float
    percentile_99: float
    mebibytes: float

    def __str__(self) -> str:
        return (f"{self.clients:>8}{self.pages:>8}{self.pages / self.seconds:>10.2f}{self.median:>10.2f}"
                f"{self.percentile_99:>10.2f}{self.refused:>8}{self.errors:>8}{self.mebibytes:>8.0f}")


HEADING = f"{'clients':>8}{'pages':>8}{'pages/s':>10}{'median s':>10}{'99 % s':>10}{'429':>8}{'errors':>8}{'MiB':>8}"


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path, default=[ROOT / "samples"], metavar="PAGES",
                        help="images, or folders of them (default: samples)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16], metavar="N",
                        help="clients at the same time, one run each (default: 1 4 16)")
    parser.add_argument("--seconds", type=float, default=60, help="length of each run (default: 60)")
    parser.add_argument("--requests", type=int, default=2000, metavar="N",
                        help="requests of the memory run; 0 leaves it out (default: 2000)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="pages that the service reads at the same time (default: one a processor)")
    parser.add_argument("--browser", action="store_true", help="only time the page in Chromium: from the click "
                                                               "on a sample to its text")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON on the last line, too")
    return parser.parse_args(argv)


@contextmanager
def served(workers: int, *words: str) -> Iterator[Tuple[int, int]]:
    """Start the service on a free port, with a folder that is deleted afterwards; gives its port and process id."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, str(ROOT / "scripts" / "serve.py"), "--port", "0", "--workers", str(workers),
                   "--data", data, *words]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            said = []
            for line in process.stderr:
                said.append(line)
                if "running on" in line:
                    break
            else:
                raise SystemExit("the service did not start:\n" + "".join(said))
            threading.Thread(target=process.stderr.read, daemon=True).start()       # its log
            try:
                yield int(re.search(r":(\d+)", line.split("running on")[1].replace("http:", "")).group(1)), process.pid
            finally:
                process.send_signal(signal.SIGTERM)


def images(sources: Sequence[Path]) -> List[bytes]:
    """Read the images, each as the body of a form."""
    paths = [path for source in sources for path in (sorted(source.iterdir()) if source.is_dir() else [source])]
    return [form(path.read_bytes()) for path in paths if path.suffix.lower() in PICTURES]


def form(content: bytes) -> bytes:
    """Make the body that a browser would send."""
    return (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/jpeg\r\n\r\n'
            + content + b"\r\n--b--\r\n")


def ask(port: int, body: bytes) -> Tuple[int, float]:
    """Have one page read, and delete its job; gives the status and the seconds until the text was there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    start = time.perf_counter()
    try:
        connection.request("POST", "/v1/pages?wait=60", body, {"Content-Type": "multipart/form-data; boundary=b"})
        answer = connection.getresponse()
        status, job = answer.status, json.loads(answer.read())
        if status == 200:
            connection.request("GET", job["results"]["txt"])
            answer = connection.getresponse()
            status = answer.status if answer.read().strip() else 599                # a page that was not read
        seconds = time.perf_counter() - start
        if "id" in job:
            connection.request("DELETE", f"/v1/jobs/{job['id']}")
            connection.getresponse().read()
        return status, seconds
    except (OSError, http.client.HTTPException, ValueError):
        return 0, time.perf_counter() - start
    finally:
        connection.close()


def load(port: int, process: int, bodies: Sequence[bytes], clients: int, seconds: float = 1e9, requests: int = 10 ** 9,
         watch: Optional[Dict[int, float]] = None) -> Load:
    """Let clients send one request after the other, until the time or the requests are used up.

    Parameters
    ----------
    watch : filled with the resident memory, in MiB, after every fiftieth request.
    """
    found: List[Tuple[int, float]] = []
    numbers, alone, start = iter(range(requests)), threading.Lock(), time.perf_counter()

    def client() -> None:
        while time.perf_counter() - start < seconds:
            with alone:
                number = next(numbers, None)
            if number is None:
                return
            found.append(ask(port, bodies[number % len(bodies)]))
            if found[-1][0] == 429:
                time.sleep(1)                                                       # the minimum of Retry-After
            if watch is not None and number % 50 == 49:
                watch[number + 1] = memory(process)

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(status for status, _ in found)
    times = sorted(taken for status, taken in found if status == 200) or [0.0]
    return Load(clients, counted[200], counted[429], len(found) - counted[200] - counted[429], time.perf_counter() - start,
                statistics.median(times), times[min(len(times) - 1, int(0.99 * len(times)))], memory(process))


def memory(process: int) -> float:
    """Add up the resident memory of a process and all below it, in MiB."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:                                                             # it has just ended
            continue
        parents[int(stat.parent.name)] = (int(fields[1]), int(fields[21]))
    family, grown = {process}, True
    while grown:
        more = {child for child, (parent, _) in parents.items() if parent in family} - family
        family, grown = family | more, bool(more)
    return sum(parents[member][1] for member in family if member in parents) * os.sysconf("SC_PAGE_SIZE") / 2 ** 20


@contextmanager
def slow_clients(port: int, count: int) -> Iterator[None]:
    """Keep uploads open of which one byte comes every second, and connections without a request."""
    stop, sockets = threading.Event(), []
    for number in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"POST /v1/pages HTTP/1.1\r\nHost: x\r\n" + (
            b"" if number % 2 else b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"))
        sockets.append(connection)

    def drip() -> None:
        while not stop.wait(1):
            for connection in sockets:
                with suppress(OSError):                                             # the service has closed it
                    connection.sendall(b"-")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for connection in sockets:
            connection.close()


def clicks(port: int, times: int = 5) -> Dict[str, float]:
    """Click on every sample in a browser; give the longest time of several, in seconds, until its last line stood there."""
    from playwright.sync_api import sync_playwright

    found: Dict[str, float] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("[data-sample]").first.wait_for()
        names = page.locator("[data-sample]").evaluate_all("all => all.map(one => one.dataset.sample)")
        for name in times * names:
            page.goto(f"http://127.0.0.1:{port}/")
            page.locator(f"[data-sample='{name}']").wait_for()
            start = time.perf_counter()
            page.click(f"[data-sample='{name}']")
            page.locator(".row-line").last.wait_for()
            found[name] = max(found.get(name, 0.0), time.perf_counter() - start)
        browser.close()
    return found


def main(argv: Optional[List[str]] = None) -> int:
    """Measure and print."""
    arguments = parse_args(argv)
    from ocr.training.run_folder import hardware

    bodies, figures = images(arguments.pages), {}
    if arguments.browser:
        with served(arguments.workers) as (port, _):
            for name, seconds in clicks(port).items():
                print(f"{seconds:6.2f} s from click to text, the longest of 5   {name}")
        return 0
    print(f"{hardware()}, {arguments.workers} workers, {len(bodies)} images\n{HEADING}", flush=True)

    def show(name: str, found: Load) -> None:
        print(f"{found}   {name}", flush=True)
        figures[name] = asdict(found)

    with served(arguments.workers) as (port, process):
        load(port, process, bodies, arguments.workers, requests=2 * len(bodies) * arguments.workers)    # to warm up
        for clients in arguments.clients:
            show(f"{clients} clients", load(port, process, bodies, clients, arguments.seconds))
        with slow_clients(port, 32):
            show("beside 32 slow clients", load(port, process, bodies, arguments.workers, arguments.seconds))
        if arguments.requests:
            watch: Dict[int, float] = {}
            show("memory", load(port, process, bodies, 2 * arguments.workers, requests=arguments.requests, watch=watch))
            first = statistics.median(size for number, size in watch.items() if number <= WARM_UP)
            last = statistics.median(size for number, size in watch.items() if number > arguments.requests - WARM_UP)
            growth = figures["growth"] = last / first - 1
            print(f"resident memory over {arguments.requests} requests: {first:.0f} to {last:.0f} MiB, {growth:+.1%}")
    with served(arguments.workers, "--queue", "4") as (port, process):
        show("16 clients, places for 4", load(port, process, bodies, 16, arguments.seconds))
    if arguments.json:
        print(json.dumps(figures))
    return int(any(isinstance(found, dict) and found["errors"] for found in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
