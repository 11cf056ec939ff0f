"""The Celery application: a message only says "there is something to do". What there is stands in the rows."""

from celery import Celery

app = Celery("printshop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["printshop.bulk.deferred"])
