"""What can happen in the demo shop, and when: no database, and no clock but the one that is given.

Time runs in ticks, two a working day: the moments at which somebody walks along the machines. `LAST` is the latest one
past, so the shop looks the same whenever it is loaded.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

LAST = 120
HOURS = (8, 13)
TICK = timedelta(hours=5)
TICKS_A_DAY = len(HOURS)

FLOOR, OFFICE, PARTNER = "your-api-key", "your-admin-key", "your-api-token"
# What happens first within a tick: the round along the machines, then the desk, then what customers order.
MINUTE = {
    "orders.edit": 2,
    "jobs.advance": 5,
    "jobs.cancel": 20,
    "orders.cancel": 25,
    "jobs.reprint": 30,
    "jobs.prioritize": 35,
    "orders.refund": 40,
    "orders.create": 50,
    "orders.pay": 270,
}

Terms = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One item of an operation. `subject` names an order (`7`), the job of its first printed line (`7/0`) or a reprint
    of that (`7/0/again`); `value` and `terms` are what the native dialect would send."""

    tick: int
    operation: str
    subject: str
    terms: Terms = ()
    value: dict[str, Any] = field(default_factory=dict)
    key: str = FLOOR
    minute: int = 0

    @property
    def when(self) -> tuple[int, int, str, Terms, str]:
        """Events that agree in this make one batch."""
        return (self.tick, self.minute or MINUTE[self.operation], self.operation, self.terms, self.key)


def calendar(now: datetime) -> list[datetime]:
    """The times of the ticks, oldest first: the latest on working days that are over by `now`."""
    ticks: list[datetime] = []
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while len(ticks) <= LAST:
        if day.weekday() < 5:
            ticks += [at for hour in reversed(HOURS) if (at := day.replace(hour=hour)) + TICK <= now]
        day -= timedelta(days=1)
    return ticks[LAST::-1]
