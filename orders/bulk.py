"""What orders bring to the engine."""

from orders.models import Customer
from orders.services import access, changes, creation, customers, storefront
from printshop.api import keys
from printshop.bulk.registry import register, register_consequence


def register_all() -> None:
    register(creation.CREATE, changes.CANCEL, changes.PAY, changes.REFUND, changes.EDIT)
    register(customers.CREATE, customers.EDIT, storefront.CREATE, access.CHANGE)
    register_consequence(changes.PAY, access.ON_PAY)
    register_consequence(changes.CANCEL, access.ON_CANCEL)
    register_consequence(changes.REFUND, access.ON_REFUND)
    keys.customers.known = lambda ids: set(Customer.objects.filter(pk__among=ids).values_list("pk", flat=True))
