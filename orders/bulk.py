"""What orders bring to the engine."""

from orders.models import Customer
from orders.services import changes, creation, customers
from printshop.api import keys
from printshop.bulk.registry import register


def register_all() -> None:
    register(
        creation.CREATE, changes.CANCEL, changes.PAY, changes.REFUND, changes.EDIT, customers.CREATE, customers.EDIT
    )
    keys.customers.known = lambda ids: set(Customer.objects.filter(pk__among=ids).values_list("pk", flat=True))
