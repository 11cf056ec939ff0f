"""Identifiers that are made here: those of one moment stand together in an index, however large it has grown."""

import os
import time
from uuid import UUID


def time_ordered_uuid() -> UUID:
    """A UUID of version 7 (RFC 9562): neighbours in time are neighbours in the index."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10)) & ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=milliseconds << 80 | tail | 0x7 << 76 | 0x2 << 62)
