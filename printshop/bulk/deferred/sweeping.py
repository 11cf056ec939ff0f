"""The sweep: run by every worker every few seconds, and harmless in many at once.

It wakes workers for what was never sent for or was lost with its worker, and for errands, calls off what a cancelled
operation has left, closes books that nobody closed, and adds up how long the lists are.
"""

from printshop.api.tallies import add_up
from printshop.bulk.deferred.endings import call_off_leftovers, settle_forgotten
from printshop.bulk.deferred.errands import wake_for_errands
from printshop.bulk.deferred.waking import wake_overdue


def sweep() -> dict[str, int]:
    """One round; how many chunks were called off, operations settled, and wake-ups sent."""
    add_up()
    return {
        "called_off": call_off_leftovers(),
        "settled": settle_forgotten(),
        "woken": wake_overdue() + wake_for_errands(),
    }
