"""What jobs bring to the engine: operations of their own, and what orders' operations mean for them."""

from jobs.services import ADVANCE, CANCEL, ON_ORDER_CANCEL, ON_ORDER_PAY, PRIORITIZE, REPRINT
from orders.services import changes
from printshop.bulk.registry import register, register_consequence


def register_all() -> None:
    register(ADVANCE, CANCEL, PRIORITIZE, REPRINT)
    register_consequence(changes.CANCEL, ON_ORDER_CANCEL)
    register_consequence(changes.PAY, ON_ORDER_PAY)
