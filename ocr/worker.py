"""A process that does one task at a time under limits, and is replaced when it dies or takes too long.

Untrusted images and PDF are opened in such processes only: what crashes one of them, or makes it hang or grow, affects that
one task. Messages are JSON both ways, with plain bytes after them, so that nothing from a compromised process is unpickled
here. A process ends with the program that started it, even where that is killed.

It is started as a program of its own, not by multiprocessing, which would run a user's script again in each process.
"""
from __future__ import annotations

import json
import logging
import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from queue import SimpleQueue
from typing import Any, Callable, Iterator, Mapping, Optional, Tuple, Union

from ocr.errors import InputError
from ocr.faults import Fault, fault_of, log_error

Buffer = Union[bytes, bytearray, memoryview]
OnProgress = Callable[[str], None]
Work = Callable[[Mapping[str, Any], OnProgress], Any]
START_SECONDS = 600                 # at first the word lists are indexed, once on a machine
CRASHED, TIMEOUT = "crashed", "timeout"
_LONGEST_MESSAGE = 2 ** 20          # bytes
_LENGTHS = struct.Struct(">IQ")     # before each message: bytes of its JSON, bytes of data after that
_PROGRAM = "import json, sys; sys.path[:], work = json.loads(sys.argv[1]); from ocr.worker import run; run(*work)"
_log = logging.getLogger(__name__)
_is_worker = False


@dataclass(frozen=True)
class Reply:
    """What a work function returns where JSON does not hold all of it: a result for JSON, and a buffer of bytes."""

    result: Any
    data: Buffer = field(default=b"", repr=False)


@dataclass(frozen=True)
class Outcome:
    """How a task ended: with what the work returned, or with a fault, "crashed" or "timeout" where the process ended."""

    result: Any = None
    fault: Optional[Fault] = None
    data: Buffer = field(default=b"", repr=False)


class Worker:
    """One working process, used by one thread at a time.

    Parameters
    ----------
    work : "module:function"; called without arguments in the process, once, it returns the function that does the tasks: it
        takes the task and the function `on_progress`, to be called with the name of each stage.
    max_bytes : of address space that the process may take; 0 for no limit.
    quiet : whether what libraries print to stderr is dropped.
    """

    def __init__(self, work: str, max_bytes: int, quiet: bool = False):
        self._work, self._max_bytes, self._quiet = work, max_bytes, quiet
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._stopped, self._lock = False, threading.Lock()

    def start(self) -> Optional[Fault]:
        """Start the process where none runs, and wait until it is ready; return the fault if it cannot work."""
        if self._process is not None and self._process.poll() is None:
            return None
        self._clear()
        with self._lock:
            if self._stopped:
                return Fault(CRASHED, "The service is stopping. Ask again when it is there again.")
            places = [os.path.abspath(place) for place in sys.path]
            words = [sys.executable, "-c", _PROGRAM, json.dumps([places, [self._work, self._max_bytes]])]
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}        # processes share the processors, not threads
            try:
                self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
                                                 stderr=subprocess.DEVNULL if self._quiet else None)
            except OSError:
                return Fault(CRASHED, "The service lacks the memory to work on it now. Try again in a minute.")
        return self._outcome(START_SECONDS).fault

    def call(self, task: Mapping[str, Any], seconds: float, on_progress: OnProgress = lambda stage: None,
             max_data: int = 0) -> Outcome:
        """Run a task; where the process ended, the next call starts another one.

        Parameters
        ----------
        task : what JSON can hold; "path" is the client's file.
        seconds : its time limit.
        on_progress : called with the name of each stage that the task reaches.
        max_data : bytes that may come back beside the result.
        """
        fault = self.start()
        if fault:
            return Outcome(fault=fault)
        assert self._process is not None and self._process.stdin is not None
        with suppress(OSError):                                         # it has just died, as the outcome will show
            _send(self._process.stdin, task)
        return self._outcome(seconds, on_progress, max_data)

    def stop(self) -> None:
        """Kill the process, and start no other one; may be called from any thread."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def _outcome(self, seconds: float, on_progress: OnProgress = lambda stage: None, max_data: int = 0) -> Outcome:
        """Wait for the outcome of a task."""
        process, late = self._process, threading.Event()
        assert process is not None and process.stdout is not None

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            while True:
                message, data = _receive(process.stdout, max_data)
                if "stage" in message:
                    on_progress(str(message["stage"]))
                elif "code" in message:
                    return Outcome(fault=Fault(str(message["code"]), str(message["message"])))
                else:
                    return Outcome(message["done"], data=data)
        except (OSError, EOFError, ValueError, KeyError, TypeError):    # it has died, or sent an invalid message
            self._clear()
        except BaseException:                                           # Ctrl-C: what it sends now answers nobody
            self._clear()
            raise
        finally:
            timer.cancel()
            timer.join()
            if late.is_set():
                self._clear()
        if late.is_set():
            return Outcome(fault=Fault(TIMEOUT, f"It took longer than {seconds:g} s. Give a smaller or plainer image."))
        return Outcome(fault=Fault(CRASHED, "The process that worked on it ended. Try again, or give another image."))

    def _clear(self) -> None:
        """Kill the process and forget it."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):                                 # bytes that were not sent yet
                    pipe.close()                                        # type: ignore[union-attr] # both are there


def in_worker() -> bool:
    """Return whether this process is a worker."""
    return _is_worker


@contextmanager
def memory_limit(more: int) -> Iterator[None]:
    """Let this process take no more than so many bytes beyond what it has, where the system supports it."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
    except (ImportError, OSError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [pages * resource.getpagesize() + more, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def run(work: str, max_bytes: int) -> None:
    """Process tasks, in the worker process."""
    global _is_worker
    _is_worker = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)                        # Ctrl-C is for the service, which ends this process
    tasks, results = (os.fdopen(os.dup(number), mode) for number, mode in ((0, "rb"), (1, "wb")))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)                                                       # what libraries print is no message
    _limit_memory(max_bytes)
    queue: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_take_tasks, args=(tasks, queue), daemon=True).start()
    module, _, name = work.partition(":")
    try:
        do = getattr(import_module(module), name)()
    except Exception as error:
        _log.error("a worker cannot start: %s", error)
        _send(results, fault_of(error, work).as_dict())
        return
    _send(results, {"done": None})
    while True:
        _answer(do, queue.get(), results)


def _answer(do: Work, task: Mapping[str, Any], results: Any) -> None:
    """Do one task, and send how it ended."""
    try:
        done = do(task, lambda stage: _send(results, {"stage": stage}))
    except Exception as error:                                          # whatever is wrong with one page, others are read
        if not isinstance(error, InputError):
            log_error(_log, error)
        _send(results, fault_of(error, task["path"]).as_dict())
        return
    reply = done if isinstance(done, Reply) else Reply(done)
    _send(results, {"done": reply.result}, reply.data)


def _take_tasks(tasks: Any, queue: SimpleQueue[Any]) -> None:
    """Queue what is sent; end this process with the one that sends, whatever it is working on."""
    with suppress(EOFError, OSError):
        while True:
            queue.put(_receive(tasks)[0])
    os._exit(1)


def _send(stream: Any, message: Mapping[str, Any], data: Buffer = b"") -> None:
    text = json.dumps(message).encode()
    stream.write(_LENGTHS.pack(len(text), len(data)) + text)
    stream.write(data)
    stream.flush()


def _receive(stream: Any, max_data: int = 0) -> Tuple[Any, bytearray]:
    """Read a message, and the bytes after it."""
    lengths = _LENGTHS.unpack(_read(stream, _LENGTHS.size))
    if lengths[0] > _LONGEST_MESSAGE or lengths[1] > max_data:
        raise ValueError(f"a message of {lengths} bytes, over {max_data}")
    return json.loads(_read(stream, lengths[0])), _read(stream, lengths[1])


def _read(stream: Any, length: int) -> bytearray:
    data, done = bytearray(length), 0
    while done < length:
        count = stream.readinto(memoryview(data)[done:])
        if not count:
            raise EOFError
        done += count
    return data


def _limit_memory(max_bytes: int) -> None:
    """Limit the address space of this process, and disable core dumps, where the system supports it."""
    try:
        import resource
    except ImportError:
        _log.warning("this system cannot limit the memory of a process; %d bytes are not enforced", max_bytes)
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))                    # a dump would contain the pages' content
    if max_bytes:
        with suppress(ValueError, OSError):                             # not every system can limit this
            resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
