"""One POST to an endpoint, with an end: a look-up, a connection to a judged address, a bounded answer, no redirects.

httpcore is what httpx sends with. It is used by itself because it alone lets us make the connection.
"""

import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore

from printshop.webhooks.addresses import Forbidden, judged, resolve

SECONDS = 10.0
ANSWER_BYTES = 65_536
# The receiver wants nothing any more.
GONE = 410
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: a status, or why there is none; `is_final` when no other need be made."""

    status: int | None
    error: str = ""
    is_final: bool = False

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Deadline:
    """Seconds for everything together: an answer that drips in does not begin them anew."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises `httpcore.ReadTimeout`."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class Enough(Exception):
    """As much of an answer was read as is ever read."""


class BoundedStream(httpcore.NetworkStream):
    """A connection that knows the deadline, and reads no more than `ANSWER_BYTES`, the head of the answer included."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream, self.deadline, self.unread = stream, deadline, ANSWER_BYTES

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self.unread:
            raise Enough
        piece = self.stream.read(min(max_bytes, self.unread), self.deadline.left())
        self.unread -= len(piece)
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return BoundedStream(self.stream.start_tls(ssl_context, server_hostname, self.deadline.left()), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


class Connector(httpcore.NetworkBackend):
    """Connects to the judged addresses of a name, one after the other."""

    def __init__(self, resolve: Resolve, deadline: Deadline) -> None:
        self.resolve, self.deadline, self.backend = resolve, deadline, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in judged(self.resolve(host, port)):
            try:
                return BoundedStream(self.backend.connect_tcp(address, port, self.deadline.left()), self.deadline)
            except httpcore.ConnectError as error:
                failure = error
        raise failure


def post(
    url: str, headers: Mapping[str, str], body: bytes, resolve: Resolve = resolve, seconds: float = SECONDS,
    trusted: ssl.SSLContext | None = None,
) -> Answer:  # fmt: skip
    """Send a body; never raises for what the other side, or the way there, does wrong."""
    deadline = Deadline(seconds)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=trusted, network_backend=Connector(resolve, deadline)) as pool,
            pool.stream("POST", url, headers=[*headers.items()], content=body) as response,
        ):
            status = response.status
            # The rest is as good as read.
            with suppress(Enough):
                deque(response.iter_stream(), maxlen=0)
    except Enough:
        return Answer(None, f"The head of its answer is longer than {ANSWER_BYTES // 1024} KB.")
    except Forbidden:
        return Answer(None, "It leads to an address that is not public.")
    except (httpcore.TimeoutException, TimeoutError):
        return Answer(None, f"No complete answer within {seconds:g} s.")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError) as error:
        return Answer(None, f"No connection: {error}"[:200])
    said = "" if 200 <= status < 300 else f"Answered {status}{redirected(status)}."
    return Answer(status, said, is_final=status == GONE)


def redirected(status: int) -> str:
    return "; redirects are not followed" if 300 <= status < 400 else ""
