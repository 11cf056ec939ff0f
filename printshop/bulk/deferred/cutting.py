"""How the items of a deferred operation are cut into chunks, worked out from values alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

CHUNK = 500


@dataclass(slots=True)
class Cut:
    """Indexes of items that are carried out together, once every chunk up to number `after` is over."""

    indexes: list[int] = field(default_factory=list)
    after: int = -1


def cut(items: Iterable[tuple[int, Iterable[str]]], size: int = CHUNK) -> list[Cut]:
    """Chunks of items (index, rows it touches), in order.

    What touches a row joins the chunk that touched it last, so that one transaction sees both in their order; where its
    rows stand in several chunks, the later one waits for the earlier.
    """
    cuts: list[Cut] = []
    last_with: dict[str, int] = {}
    for index, rows in items:
        touched = list(rows)
        # Hardly any item touches what one before it did.
        if last_with.keys().isdisjoint(touched):
            if not cuts or len(cuts[-1].indexes) >= size:
                cuts.append(Cut())
            number = len(cuts) - 1
        else:
            met = {last_with[row] for row in touched if row in last_with}
            number = max(met)
            cuts[number].after = max([cuts[number].after, *(met - {number})])
        cuts[number].indexes.append(index)
        for row in touched:
            last_with[row] = number
    return cuts


def in_turns(items: Sequence[tuple[int, Iterable[str]]]) -> list[list[int]]:
    """The positions of a chunk's items in turns: in none of them is a row touched twice, and rows keep their order."""
    turns: list[list[int]] = []
    turn_of: dict[str, int] = {}
    for position, (_, rows) in enumerate(items):
        touched = list(rows)
        turn = max((turn_of[row] + 1 for row in touched if row in turn_of), default=0)
        if turn == len(turns):
            turns.append([])
        turns[turn].append(position)
        turn_of.update(dict.fromkeys(touched, turn))
    return turns
