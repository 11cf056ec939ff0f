"""What orders bring to the engine."""

from catalog.uploads.uses import Use, register_use
from orders.models import Customer, LineItem
from orders.services import access, changes, creation, customers, quote_orders, quotes, storefront, undoing
from printshop.api import keys
from printshop.bulk.registry import register, register_consequence, register_inverse


def register_all() -> None:
    register(creation.CREATE, changes.CANCEL, changes.PAY, changes.REFUND, changes.EDIT)
    register(customers.CREATE, customers.EDIT, customers.DELETE, storefront.CREATE, access.CHANGE)
    register(quotes.CREATE, quotes.ADD, quotes.DELETE, quote_orders.ORDER)
    register_consequence(changes.PAY, access.ON_PAY)
    register_consequence(changes.CANCEL, access.ON_CANCEL)
    register_consequence(changes.REFUND, access.ON_REFUND)
    register_undoing()
    register_use(Use("open orders", LineItem.objects.of_open_orders))
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
