"""How hard tests try that make up their input: little and always alike in CI, `FUZZ_EXAMPLES=…` for longer runs."""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))


def tries(examples: int) -> settings:
    """So many examples, unless the environment asks for a number of its own and gets others every time."""
    return settings(
        max_examples=EXAMPLES or examples,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
