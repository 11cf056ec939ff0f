"""Rows of a file as items of an import."""

from collections.abc import Sequence
from typing import Any

from catalog.uploads.reading import Raw
from printshop.api.reading import Item, read_items


def judged(raws: Sequence[Raw], shape: Any, places: Sequence[int] | None = None) -> list[Item]:
    """Rows as items of a batch, judged by the shape; `places` are their indexes where they are part of more."""
    items = read_items(shape, [raw for raw, _ in raws], places=places)
    for item, (_, faults) in zip(items, raws, strict=True):
        if faults:
            misread = {fault.path for fault in faults}
            item.faults = [*faults, *(fault for fault in item.faults if fault.path not in misread)]
    return items
