"""What orders bring to the engine."""

from catalog.uploads.uses import Use, register_use
from orders.models import Customer, LineItem
from orders.services import access, changes, creation, customers, erasing, quote_orders, quotes, storefront, undoing
from printshop.api import keys
from printshop.bulk.events import describe, tell
from printshop.bulk.outcomes import Outcome, Verdict
from printshop.bulk.registry import register, register_consequence, register_inverse


def register_all() -> None:
    register(creation.CREATE, changes.CANCEL, changes.PAY, changes.REFUND, changes.EDIT)
    register(erasing.ERASE, customers.CREATE, customers.EDIT, customers.DELETE, storefront.CREATE, access.CHANGE)
    register(quotes.CREATE, quotes.ADD, quotes.DELETE, quote_orders.ORDER)
    register_consequence(changes.PAY, access.ON_PAY)
    register_consequence(changes.CANCEL, access.ON_CANCEL)
    register_consequence(changes.REFUND, access.ON_REFUND)
    register_undoing()
    register_use(Use("open orders", LineItem.objects.of_open_orders))
    tell_all()
    keys.customers.known = lambda ids: set(Customer.objects.filter(pk__among=ids).values_list("pk", flat=True))


def register_undoing() -> None:
    """What is made is cancelled, what is cancelled is reinstated, and the one is the undo of the other."""
    register(undoing.WITHDRAW, undoing.REINSTATE, undoing.RESTORE_ACCESS)
    register(undoing.RESTORE_FIELDS, undoing.RESTORE_CUSTOMERS)
    register_inverse(undoing.WITHDRAW, creation.CREATE, storefront.CREATE, undoing.REINSTATE)
    register_inverse(undoing.REINSTATE, changes.CANCEL, undoing.WITHDRAW)
    register_inverse(undoing.RESTORE_ACCESS, access.CHANGE, undoing.RESTORE_ACCESS)
    register_inverse(undoing.RESTORE_FIELDS, changes.EDIT, undoing.RESTORE_FIELDS)
    register_inverse(undoing.RESTORE_CUSTOMERS, customers.EDIT, undoing.RESTORE_CUSTOMERS)
    register_consequence(undoing.WITHDRAW, access.ON_CANCEL)
    register_consequence(undoing.REINSTATE, undoing.ON_REINSTATE)


def changed_as(outcome: Outcome) -> str:
    """An order that goes on or is halted has another status; of the rest its fields alone have changed."""
    return "order.status_changed" if "status" in outcome.changes else "order.updated"


def tell_all() -> None:
    """What receivers of webhooks hear of orders and customers."""
    describe(
        order__created="An order was made.",
        order__paid="An order was paid; jobs are the ids of those that are made for it.",
        order__cancelled="An order was cancelled.",
        order__refunded="Money of an order went back, all of it when its status is refunded.",
        order__updated="Other fields of an order changed: notes, address, due date, carrier, access.",
        order__status_changed="An order's status followed its jobs, or it was halted, resumed or reinstated.",
        customer__created="A customer was made.",
        customer__updated="A customer changed.",
        customer__deleted="A customer was deleted.",
        customer__erased="What was known of a customer is erased: erase your copy as well.",
        quote__ordered="A quote became an order.",
    )
    made, updated = Verdict.CREATED, Verdict.UPDATED
    tell({made: "order.created"}, creation.CREATE, storefront.CREATE)
    tell({updated: "order.paid"}, changes.PAY)
    tell({updated: "order.cancelled"}, changes.CANCEL, undoing.WITHDRAW)
    tell({updated: "order.refunded"}, changes.REFUND)
    tell({updated: "order.updated"}, changes.EDIT, undoing.RESTORE_FIELDS)
    tell({updated: changed_as}, access.CHANGE, undoing.RESTORE_ACCESS, undoing.REINSTATE)
    tell({made: "customer.created"}, customers.CREATE)
    tell({updated: "customer.updated"}, customers.EDIT, undoing.RESTORE_CUSTOMERS)
    tell({updated: "customer.deleted"}, customers.DELETE)
    tell({updated: "customer.erased"}, erasing.ERASE)
    tell({made: "quote.ordered", updated: "quote.ordered"}, quote_orders.ORDER)
