"""Something done again and again in a thread of its own."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from django.db import connections

log = logging.getLogger(__name__)


class Rhythm(Thread):
    """Calls `act` at once and then every so many seconds, until it is told to end.

    It outlives whatever goes wrong in `act`: the database and the broker may be away for a while. Each turn has a
    connection of its own and closes it.
    """

    def __init__(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        super().__init__(name=name, daemon=True)
        self.seconds, self.act = seconds, act
        self.over = Event()

    def run(self) -> None:
        while not self.over.is_set():
            self.turn()
            self.over.wait(self.seconds)

    def turn(self) -> None:
        try:
            self.act()
        except Exception as error:
            log.warning("%s failed, next turn in %s s: %r", self.name, self.seconds, error.__cause__ or error)
        finally:
            connections.close_all()

    def end(self) -> None:
        self.over.set()
