"""`manage.py run_worker`: carries out what was accepted for later. Start as many as there are cores to spare."""

import logging
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from printshop.api.garbage import settle
from printshop.bulk.deferred.worker import work


class Command(BaseCommand):
    """Ends with SIGTERM or Ctrl-C once the chunk at hand is finished, with a second one at once."""

    help = "Carry out queued bulk operations until told to stop (SIGTERM, Ctrl-C; twice to break off)."
    # The database may be away for now: a worker waits for it.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        settle()
        code = work()
        logging.shutdown()
        sys.stdout.flush()
        # Whatever thread still waits for a broker or a database that does not answer, nobody waits for it.
        os._exit(code)
