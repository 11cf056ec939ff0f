"""What the kernel knows of the apps: the operations and consequences that each app's `bulk.py` brings.

Filled once, by `AppConfig.ready()`; keyed by the operation's name.
"""

from printshop.bulk.engine import Consequence, Operation

_operations: dict[str, Operation] = {}


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


def operations() -> dict[str, Operation]:
    """All operations by name."""
    return dict(_operations)
