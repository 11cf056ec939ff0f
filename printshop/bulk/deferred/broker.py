"""The Celery application: a message only says "there is something to do". What there is stands in the rows."""

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["folder"] = "printshop.bulk.deferred.folder:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "printshop.bulk.deferred.redis:Transport"

# No fix-ups: the one for Django would close connections behind our back, and set up what is set up already.
app = Celery("printshop", fixups=())
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["printshop.bulk.deferred"])
