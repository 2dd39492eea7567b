"""A process that does one task at a time, and is replaced when it dies or takes too long.

Untrusted images and PDF are opened in such processes only: what crashes one of them, or makes it hang or grow, affects that
one task. Messages are JSON both ways, so that nothing from a compromised process is unpickled here. A process ends with the
service, even where that is killed.
"""
from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, Callable, Mapping, Optional

from ocr.errors import InputError
from ocr.serving.faults import Fault, fault_of, log_error

OnProgress = Callable[[str], None]
Work = Callable[[Mapping[str, Any], OnProgress], Any]
START_SECONDS = 600                 # at first the word lists are indexed, once on a machine
CRASHED, TIMEOUT = "crashed", "timeout"
_LONGEST_MESSAGE = 2 ** 20          # bytes
_SPAWN = multiprocessing.get_context("spawn")           # a fork of a process with threads may hold locks for ever
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a task ended: with what the work returned, or with a fault, "crashed" or "timeout" where the process ended."""

    result: Any = None
    fault: Optional[Fault] = None


class Worker:
    """One working process, used by one thread at a time.

    Parameters
    ----------
    work : "module:function"; called without arguments in the process, once, it returns the function that does the tasks: it
        takes the task and the function `on_progress`, to be called with the name of each stage.
    max_bytes : of address space that the process may take.
    """

    def __init__(self, work: str, max_bytes: int):
        self._work, self._max_bytes = work, max_bytes
        self._process: Optional[multiprocessing.process.BaseProcess] = None
        self._connection: Connection                                    # since the first start
        self._stopped, self._lock = False, threading.Lock()

    def start(self) -> Optional[Fault]:
        """Start the process where none runs, and wait until it is ready; return the fault if it cannot work."""
        if self._process is not None and self._process.is_alive():
            return None
        self._clear()
        with self._lock:
            if self._stopped:
                return Fault(CRASHED, "The service is stopping. Ask again when it is there again.")
            self._connection, theirs = _SPAWN.Pipe()
            process = _SPAWN.Process(target=_run, args=(theirs, self._work, self._max_bytes), daemon=True)
            try:
                process.start()
            except OSError:
                return Fault(CRASHED, "The service lacks the memory to work on it now. Try again in a minute.")
            finally:
                theirs.close()
            self._process = process
        return self._outcome(START_SECONDS).fault

    def call(self, task: Mapping[str, Any], seconds: float, on_progress: OnProgress = lambda stage: None) -> Outcome:
        """Run a task; where the process ended, the next call starts another one.

        Parameters
        ----------
        task : what JSON can hold; "path" is the client's file.
        seconds : its time limit.
        on_progress : called with the name of each stage that the task reaches.
        """
        fault = self.start()
        if fault:
            return Outcome(fault=fault)
        with suppress(OSError):                                         # it has just died, as the outcome will show
            self._connection.send_bytes(json.dumps(task).encode())
        return self._outcome(seconds, on_progress)

    def stop(self) -> None:
        """Kill the process, and start no other one; may be called from any thread."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def _outcome(self, seconds: float, on_progress: OnProgress = lambda stage: None) -> Outcome:
        """Wait for the outcome of a task."""
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until and self._connection.poll(max(0.0, until - time.monotonic())):
                message = json.loads(self._connection.recv_bytes(_LONGEST_MESSAGE))
                if "stage" in message:
                    on_progress(str(message["stage"]))
                elif "code" in message:
                    return Outcome(fault=Fault(str(message["code"]), str(message["message"])))
                else:
                    return Outcome(message["done"])
        except (OSError, EOFError, ValueError, KeyError, TypeError):    # it has died, or sent an invalid message
            self._clear()
            return Outcome(fault=Fault(CRASHED, "The process that worked on it ended. Try again, or give another image."))
        self._clear()
        return Outcome(fault=Fault(TIMEOUT, f"It took longer than {seconds:g} s. Give a smaller or plainer image."))

    def _clear(self) -> None:
        """Kill the process and forget it."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()
            self._connection.close()


def _run(connection: Connection, work: str, max_bytes: int) -> None:
    """Process tasks, in the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)                        # Ctrl-C is for the service, which ends this process
    os.environ["OMP_NUM_THREADS"] = "1"                                 # processes share the processors, not threads
    _limit_memory(max_bytes)
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    module, _, name = work.partition(":")

    def send(message: Mapping[str, Any]) -> None:
        connection.send_bytes(json.dumps(message).encode())

    try:
        do = getattr(import_module(module), name)()
    except Exception as error:
        _log.error("a worker cannot start: %s", error)
        send(fault_of(error, work).as_dict())
        return
    send({"done": None})
    with suppress(EOFError, OSError):                                   # the service has ended
        while True:
            task = json.loads(connection.recv_bytes())
            try:
                message = {"done": do(task, lambda stage: send({"stage": stage}))}
            except Exception as error:                                  # whatever is wrong with one page, others are read
                message = fault_of(error, task["path"]).as_dict()
                if not isinstance(error, InputError):
                    log_error(_log, error)
            send(message)


def _limit_memory(max_bytes: int) -> None:
    """Limit the address space of this process, and disable core dumps, where the system supports it."""
    try:
        import resource
    except ImportError:
        _log.warning("this system cannot limit the memory of a process; %d bytes are not enforced", max_bytes)
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))                    # a dump would contain the pages' content
    with suppress(ValueError, OSError):                                 # not every system can limit this
        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


def _end_with_the_service() -> None:
    service = multiprocessing.parent_process()
    assert service is not None
    service.join()
    os._exit(1)
