from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "printshop.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from printshop.bulk.deferred import worker
        from printshop.bulk.events import outbox
        from printshop.bulk.purging import register_purge
        from printshop.webhooks import couriers, endpoints, storing

        outbox.put, outbox.ask = storing.put, storing.listening.send
        register_purge("webhook deliveries", endpoints.purge_deliveries)
        worker.further.append(couriers.rhythm)
