"""Runs the demo shop's two processes, the web server and the worker: `_demo.py HOST PORT`.

What ends this ends both, and nothing is left behind. A worker that dies is said aloud and started again; without the
web server there is no shop.
"""

import ctypes
import signal
import subprocess
import sys
import time
from types import FrameType

WORKER = [sys.executable, "manage.py", "run_worker"]
# Seconds: how long the worker may take for what it has begun, and the least between two starts of it.
GRACE, PAUSE = 20, 2
TO_DIE_WITH_THE_PARENT = 1


class Stop(Exception):
    """Ctrl-C or SIGTERM."""


def stop(number: int, frame: FrameType | None) -> None:
    # Once: a second signal must not interrupt the clearing up.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    raise Stop


def end_with_parent() -> None:
    """Linux tells a process when its parent was killed, which can tell nobody itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(TO_DIE_WITH_THE_PARENT, signal.SIGTERM)


def start(command: list[str]) -> "subprocess.Popen[bytes]":
    # In a session of its own: Ctrl-C reaches this process alone, which passes it on once.
    return subprocess.Popen(command, start_new_session=True, preexec_fn=end_with_parent)


def end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def keep_running(running: dict[str, "subprocess.Popen[bytes]"], web: list[str]) -> int:
    """Until the web server ends: its exit code."""
    running["web"], running["worker"] = start(web), start(WORKER)
    started = time.monotonic()
    while (code := running["web"].poll()) is None:
        died = running["worker"].poll()
        if died is not None and time.monotonic() - started > PAUSE:
            print(f"The worker has died (exit code {died}); starting another.", file=sys.stderr, flush=True)
            running["worker"], started = start(WORKER), time.monotonic()
        time.sleep(0.2)
    print(f"The web server has ended (exit code {code}).", file=sys.stderr, flush=True)
    return code or 1


def main(host: str, port: str) -> int:
    options = ["--threads=8", "--connection-limit=800", "--asyncore-use-poll"]
    web = [sys.executable, "-m", "waitress", f"--listen={host}:{port}", *options, "printshop.wsgi:application"]
    running: dict[str, subprocess.Popen[bytes]] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        return keep_running(running, web)
    except Stop:
        return 0
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            end(process)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
