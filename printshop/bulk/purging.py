"""What the apps have that serves its time and is then forgotten; `manage.py purge` asks each of them once a day."""

from collections.abc import Callable
from datetime import datetime

# Given the present, deletes what has served its time; how many.
Purge = Callable[[datetime], int]
_purges: dict[str, Purge] = {}


def register_purge(what: str, purge: Purge) -> None:
    """Let an app take part; `what` is the plural that the command prints."""
    _purges[what] = purge


def purges() -> dict[str, Purge]:
    return dict(_purges)
