"""`bin/demo` as a process: it serves, it works, and it leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

# It has a database of its own, of the kind that newcomers get.
pytestmark = pytest.mark.sqlite


def eventually(true: Callable[[], Any], within: float = 90) -> Any:
    deadline = time.monotonic() + within
    while not (found := true()):
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.1)
    return found


class Demo:
    """The command, its address, and what it prints."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        own = {"PRINTSHOP_VAR": str(folder / "var"), "PORT": str(port), "QUEUE_HEARTBEAT_SECONDS": "0.5"}
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BROKER_URL"}}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["bin/demo"], cwd=settings.BASE_DIR, env={**kept, **own}, stdout=log, stderr=log, start_new_session=True
            )

    def ask(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer of the shop, from JSON; None when nobody answers."""
        content = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, content, {"Content-Type": "application/json", **headers})
        try:
            with urlopen(request, timeout=10) as response:
                return json.load(response)
        except (URLError, ConnectionError):
            return None

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return (self.ask("/readyz") or {}).get("status") == "ok"

    def children(self) -> list[int]:
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in listed.stdout.split()]

    def worker(self) -> int | None:
        """The process id in the log's last word of a worker."""
        words = [line for line in self.log.read_text().splitlines() if "is at work" in line]
        return int(words[-1].split("Worker ")[1].split()[0].rpartition(":")[2]) if words else None


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Ended, and not yet noticed by whoever inherited it.
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose demo shop is made once: that takes seconds."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "PRINTSHOP_VAR": str(folder / "var"), "DATABASE_URL": ""}
    command = [sys.executable, "manage.py", "prepare_demo"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture
def demo(shop: Path) -> Iterator[Demo]:
    started = Demo(shop)
    eventually(started.is_ready)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(30)


def test_it_carries_out_what_was_accepted_for_later_and_restarts_a_worker_that_dies(demo):
    skus = {"skus": [{"id": f"queued-{number}", "name": "Queued"} for number in range(20)], "errorPolicy": "partial"}
    later = {"X-API-Key": "your-admin-key", "Prefer": "respond-async"}
    assert demo.ask("/api/skus/bulk", skus, **later)["status"] == "queued"
    eventually(lambda: demo.ask("/api/skus/queued-19", None, **{"X-API-Key": "your-admin-key"}), within=10)
    first = demo.worker()
    assert first in demo.children()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: demo.worker() != first, within=30)
    assert "The worker has died" in demo.log.read_text()
    # Its heart beats twice a second, for which a busy machine does not always find the time.
    eventually(demo.is_ready)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_both_when_it_is_ended(demo, number):
    children = demo.children()
    assert len(children) == 2
    demo.process.send_signal(number)
    assert demo.process.wait(15) == 0
    assert not any(lives(pid) for pid in children)
    assert demo.ask("/healthz") is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_it_leaves_nothing_behind_when_it_is_killed(demo):
    children = demo.children()
    demo.process.kill()
    demo.process.wait(15)
    eventually(lambda: not any(lives(pid) for pid in children), within=15)
