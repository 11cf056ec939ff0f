"""Values and effects of a plan, for people."""

import re
from collections.abc import Mapping
from typing import Any


def plain(name: str) -> str:
    """The name of a field on the wire, for people: `trackingNumber` is `tracking number`."""
    return re.sub("([a-z])([A-Z])", lambda found: f"{found[1]} {found[2].lower()}", name)


def shown(value: Any) -> str:
    """A value in a plan."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)


def told(effect: Mapping[str, Any]) -> str:
    """An effect in words: `order status ord-001: paid → processing`."""
    rest = dict(effect)
    subject = f"{rest.pop('kind').replace('_', ' ')} {rest.pop('id', '')}".strip()
    before, after = rest.pop("from", None), rest.pop("to", None)
    details = [f"{before} → {after}"] if after else [f"was {before}"] if before else []
    details += [f"{name} {value}" for name, value in rest.items()]
    return f"{subject}: {', '.join(details)}" if details else subject
