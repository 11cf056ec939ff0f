"""What a call takes, read off a clock before and after it.

On a machine that others use as well the wall's clock tells of them too; the processor's clocks do not.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from django.db import connection

Reading = tuple[float, ...]
Clock = Callable[[], Reading]


def wall() -> Reading:
    """Seconds, from any moment on."""
    return (time.perf_counter(),)


def sessions() -> list[int]:
    """The server's processes that work for this database."""
    with connection.cursor() as cursor:
        # Who vacuums comes and goes meanwhile.
        own = "datname = current_database() AND backend_type = 'client backend'"
        cursor.execute(f"SELECT pid FROM pg_stat_activity WHERE {own}")
        return [pid for (pid,) in cursor.fetchall()]


def spent_by(pid: int) -> float:
    """Seconds on a processor, which Linux counts by the nanosecond. Raises OSError for a process of another machine."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def processor() -> Clock:
    """A clock of processor seconds: this process's own, then those of its sessions on PostgreSQL."""
    spent = {pid: spent_by(pid) for pid in (sessions() if connection.vendor == "postgresql" else ())}

    def read() -> Reading:
        for pid in spent:
            # A pool lets idle sessions go; what one has used stays used.
            with suppress(FileNotFoundError, ProcessLookupError):
                spent[pid] = spent_by(pid)
        return time.process_time(), sum(spent.values())

    return read


def percentile(seconds: Sequence[float], part: float) -> float:
    """What so large a part of them, of 1, does not exceed."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * part))]
