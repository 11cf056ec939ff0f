from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from orders import bulk
        from orders.models import Order
        from printshop.api import tallies

        bulk.register_all()
        tallies.register(tallies.Counted("orders", Order))
