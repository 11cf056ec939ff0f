"""What jobs bring to the engine: operations of their own, and what orders' operations mean for them."""

from catalog.uploads.uses import Use, register_use
from jobs.consequences import ON_ORDER_ACCESS, ON_ORDER_CANCEL, ON_ORDER_PAY, ON_STOREFRONT_ORDER
from jobs.models import Job
from jobs.services import ADVANCE, CANCEL, PRIORITIZE, REPRINT
from jobs.undoing import ON_REINSTATE, ON_WITHDRAW, RESTORE_PRIORITIES, RETURN, WITHDRAW_REPRINTS
from orders.services import access, changes, storefront, undoing
from printshop.bulk.registry import register, register_consequence, register_inverse


def register_all() -> None:
    register(ADVANCE, CANCEL, PRIORITIZE, REPRINT)
    register_use(Use("open jobs", Job.objects.open))
    register_consequence(changes.CANCEL, ON_ORDER_CANCEL)
    register_consequence(changes.PAY, ON_ORDER_PAY)
    register_consequence(storefront.CREATE, ON_STOREFRONT_ORDER)
    register_consequence(access.CHANGE, ON_ORDER_ACCESS)
    register(RETURN, WITHDRAW_REPRINTS, RESTORE_PRIORITIES)
    register_inverse(RETURN, ADVANCE, CANCEL, RETURN, WITHDRAW_REPRINTS)
    register_inverse(WITHDRAW_REPRINTS, REPRINT)
    register_inverse(RESTORE_PRIORITIES, PRIORITIZE, RESTORE_PRIORITIES)
    register_consequence(undoing.WITHDRAW, ON_WITHDRAW)
    register_consequence(undoing.REINSTATE, ON_REINSTATE)
    register_consequence(undoing.RESTORE_ACCESS, ON_ORDER_ACCESS)
