"""Orders, customers, payments and quotes in the admin; each module registers what it shows."""

from orders.admin import access, customers, quotes, records
from orders.admin.due import Due, due_date
from orders.admin.orders import OrderAdmin

__all__ = ["Due", "OrderAdmin", "access", "customers", "due_date", "quotes", "records"]
