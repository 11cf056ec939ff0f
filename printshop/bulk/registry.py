"""What the kernel knows of the apps: the operations and consequences that each app's `bulk.py` brings.

Filled once, by `AppConfig.ready()`; keyed by the operation's name.
"""

from printshop.bulk.engine import Consequence, Operation

_operations: dict[str, Operation] = {}
_inverses: dict[str, Operation] = {}


def register(*operations: Operation) -> None:
    """Make operations known by their names."""
    for operation in operations:
        if operation.name in _operations:
            raise ValueError(f"{operation.name} is registered twice")
        _operations[operation.name] = operation


def register_consequence(operation: Operation, consequence: Consequence) -> None:
    """Let an app above an operation take part in it."""
    if all(known.name != consequence.name for known in operation.consequences):
        operation.consequences.append(consequence)


def register_inverse(inverse: Operation, *undone: Operation) -> None:
    """Let an operation undo others. It may undo itself, so it need not be known yet; register it by its name once."""
    for operation in undone:
        if operation.name in _inverses:
            raise ValueError(f"{operation.name} has an inverse already")
        _inverses[operation.name] = inverse


def inverse_of(name: str) -> Operation | None:
    """What undoes operations of this name; None when nothing does, which `Operation.irreversible` explains."""
    return _inverses.get(name)


def operations() -> dict[str, Operation]:
    """All operations by name."""
    return dict(_operations)
