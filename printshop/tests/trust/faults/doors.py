"""A way to a server that can be shut, and on which what is said can be lost: a TCP proxy of a few lines."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from threading import Event, Thread

COMMIT = b"COMMIT\0"


class Loss(StrEnum):
    """What becomes of a message that the door waits for."""

    UNSENT = "it never reaches the server, and the connection is cut"
    UNANSWERED = "the server carries it out, and the connection is cut before its answer"
    SWALLOWED = "it vanishes, and the connection stays open"


def close(*ends: socket.socket) -> None:
    for end in ends:
        # Another thread may be reading from it, which a mere close would not end.
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


class Passage:
    """One connection through a door."""

    def __init__(self, door: "Door", client: socket.socket) -> None:
        self.door, self.client, self.server = door, client, door.reach()
        self.is_mute, self.was_answered = door.is_deaf, Event()
        Thread(target=self.back, daemon=True).start()
        Thread(target=self.forth, daemon=True).start()

    def forth(self) -> None:
        with suppress(OSError):
            while said := self.client.recv(65_536):
                if self.door.waits_for(said):
                    if self.lose(said) is Loss.SWALLOWED:
                        continue
                    break
                if not self.is_mute:
                    self.server.sendall(said)
        close(self.client, self.server)

    def lose(self, said: bytes) -> Loss | None:
        self.is_mute, loss = True, self.door.loss
        if loss is Loss.UNANSWERED:
            self.server.sendall(said)
            self.was_answered.wait(60)
        self.door.loss = None
        self.door.lost.set()
        return loss

    def back(self) -> None:
        with suppress(OSError):
            while said := self.server.recv(65_536):
                if self.is_mute:
                    self.was_answered.set()
                else:
                    self.client.sendall(said)
        if not self.is_mute:
            close(self.client, self.server)


class Door:
    """Listens at `port` for whoever wants to reach the server at `target`, a host and port or a Unix socket."""

    def __init__(self, target: tuple[str, int] | str) -> None:
        self.target = target
        self.passages: list[Passage] = []
        self.loss: Loss | None = None
        self.is_deaf = False
        self.word, self.lost = b"", Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.open()

    def reach(self) -> socket.socket:
        if isinstance(self.target, tuple):
            return socket.create_connection(self.target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.target)
        return server

    def open(self) -> None:
        """Let everybody through who comes from now on."""
        if self.listener.fileno() < 0:
            self.listener = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self.let_in, args=(self.listener,), daemon=True).start()

    def let_in(self, listener: socket.socket) -> None:
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            try:
                self.passages.append(Passage(self, client))
            except OSError:
                close(client)

    def shut(self) -> None:
        """As if the server had ended: connections are cut, new ones refused."""
        close(self.listener, *(end for one in self.passages for end in (one.client, one.server)))
        self.passages.clear()

    def waits_for(self, said: bytes) -> bool:
        return self.loss is not None and self.word in said

    @contextmanager
    def losing(self, loss: Loss, word: bytes = COMMIT) -> Iterator[Event]:
        """The next message with this word is lost; the event says that it was."""
        self.word = word
        self.lost.clear()
        self.loss = loss
        yield self.lost
        self.loss = None

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing comes through any more, in either direction, and no connection ends for that."""
        self.is_deaf = True
        for one in self.passages:
            one.is_mute = True
        yield
        self.is_deaf = False
