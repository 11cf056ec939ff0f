"""What the tests run in processes of their own: `python -m printshop.bulk.tests.deferred.entry COMMAND …`.

`work` is an ordinary worker whose imports meet items that are slow, or that kill whoever takes them up. `accept` and
`send` are what a web server does, `serve` is one.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "printshop.settings")


def take_part() -> None:
    """Register what ordinary workers do not know."""
    from catalog.services.imports import IMPORT
    from printshop.bulk.deferred import native
    from printshop.bulk.deferred.dialects import Batches, Dialect, register_dialect
    from printshop.bulk.engine import Consequence
    from printshop.bulk.registry import register_consequence

    def mind_names(batch: Any, outcomes: Sequence[Any], facts: None) -> None:
        time.sleep(float(os.environ.get("EVERY_CHUNK_TAKES", 0)))
        for item in batch.items:
            name = (item.value or {}).get("name", "")
            if name == "kills":
                os.kill(os.getpid(), signal.SIGKILL)
            if name.startswith("takes "):
                Path(os.environ["PRINTSHOP_VAR"], "begun").touch()
                time.sleep(float(name.split()[1]))

    def lingering(*given: Any) -> Batches:
        """Read as ever, then stay outside of the transaction for a while."""
        found = native.batches(*given)
        Path(os.environ["PRINTSHOP_VAR"], "read").touch()
        time.sleep(1)
        return found

    nothing: Any = lambda *given: None  # noqa: E731
    register_consequence(IMPORT, Consequence("tests", nothing, mind_names, nothing))
    register_dialect(Dialect("lingering", lingering))


def accept(count: str, prefix: str) -> None:
    """Queue an import of so many SKUs, as a request would; prints its uuid and how long that took."""
    from django.utils import timezone

    from catalog.services.imports import IMPORT
    from printshop.bulk.deferred import acceptance
    from printshop.bulk.deferred.native import request_for
    from printshop.testing import make_actor

    skus = [{"id": f"{prefix}-{number}", "name": "A cube"} for number in range(int(count))]
    request = request_for(IMPORT, {"skus": skus, "errorPolicy": "partial"}, make_actor(), timezone.now())
    began = time.monotonic()
    operation_id = acceptance.accept(request)
    print(json.dumps([str(operation_id), time.monotonic() - began]))


def send() -> None:
    """Send three wake-ups, one after the other; prints whether each was sent and how long that took."""
    from printshop.bulk.deferred.waking import send

    told = []
    for _ in range(3):
        began = time.monotonic()
        told.append([send(1), time.monotonic() - began])
    print(json.dumps(told))


def outcome(prefix: str) -> None:
    """Prints the states of all operations, and how many SKUs there are."""
    from catalog.models import SKU
    from printshop.bulk.models import BulkOperation

    operations = [[one.state, one.counts] for one in BulkOperation.objects.all()]
    print(json.dumps([operations, SKU.objects.filter(pk__startswith=prefix).count()]))


def work() -> None:
    from django.core.management import call_command

    take_part()
    call_command("run_worker")


def serve() -> None:
    """The web server that the shop is deployed with; it tells its port."""
    from django.conf import settings
    from waitress.runner import run

    # Hashed file names would need collectstatic before the first page.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    run(["waitress-serve", "--listen=127.0.0.1:0", "--threads=8", "printshop.wsgi:application"])


if __name__ == "__main__":
    django.setup()
    commands: dict[str, Any] = {"accept": accept, "send": send, "outcome": outcome, "serve": serve, "work": work}
    commands[sys.argv[1]](*sys.argv[2:])
