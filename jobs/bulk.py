"""What jobs bring to the engine: operations of their own, and what orders' operations mean for them."""

from jobs.consequences import ON_ORDER_ACCESS, ON_ORDER_CANCEL, ON_ORDER_PAY, ON_STOREFRONT_ORDER
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, REPRINT
from orders.services import access, changes, storefront
from printshop.bulk.registry import register, register_consequence


def register_all() -> None:
    register(ADVANCE, CANCEL, PRIORITIZE, REPRINT)
    register_consequence(changes.CANCEL, ON_ORDER_CANCEL)
    register_consequence(changes.PAY, ON_ORDER_PAY)
    register_consequence(storefront.CREATE, ON_STOREFRONT_ORDER)
    register_consequence(access.CHANGE, ON_ORDER_ACCESS)
