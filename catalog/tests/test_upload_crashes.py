"""Workers that are killed over an upload: it is checked and applied all the same, whole and once."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from catalog.models import SKU, StagedRow, Upload
from catalog.states import BUSY
from catalog.uploads.receiving import made, receive
from catalog.uploads.work import begin_apply, begin_check
from printshop.bulk.models import BulkItem, BulkOperation
from printshop.bulk.tests.deferred.workers import House, database_url, eventually
from printshop.testing import house as house_account
from printshop.testing import make_skus

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
ROWS = 6_000
# Three workers are started one after the other, beside whatever else the machine has to do.
PATIENCE = 240


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Iterator[House]:
    settings.VAR = tmp_path
    # The account for which people act; a test that committed before has emptied its table.
    house_account()
    house = House(tmp_path, DATABASE_URL=database_url())
    yield house
    house.close()


def upload_of(rows: int, mode: str = "upsert") -> Upload:
    """A file that waits to be checked by a worker."""
    user, _ = User.objects.get_or_create(username="ada", is_staff=True, is_superuser=True)
    upload = made(user.pk, "skus.csv", mode, None, timezone.now())
    lines = "".join(f"new-{number},A cube,{number % 50}.50\n" for number in range(rows))
    receive(ContentFile(f"id,name,basePrice\n{lines}".encode()), upload)
    begin_check(upload, at_once=False)
    return upload


def seen(upload: Upload) -> Upload:
    upload.refresh_from_db()
    return upload


def kill_when(shop: House, upload: Upload, state: str) -> None:
    """Kill a worker that has taken the upload up; on a busy machine it may be done with it by then."""
    worker = shop.start()
    eventually(lambda: seen(upload).token is not None or upload.state != state, PATIENCE, f"a worker that is {state}")
    worker.send_signal(signal.SIGKILL)
    worker.wait()


@pytest.mark.trust(case="workers killed over an upload", expects="it is checked and applied, whole and once")
def test_it_is_checked_and_applied_once_though_workers_are_killed(shop: House) -> None:
    make_skus(3)
    upload = upload_of(ROWS, "replace")
    kill_when(shop, upload, "checking")
    shop.start()
    eventually(lambda: seen(upload).state not in BUSY, PATIENCE, "the preview")
    assert upload.state == "checked", upload.problem + shop.log()
    assert upload.counts == {"created": ROWS, "deactivated": 3}
    assert StagedRow.objects.count() == ROWS + 3
    for process in shop.processes:
        process.kill()
        process.wait()
    assert upload.checked_from
    assert begin_apply(upload, "atomic", upload.checked_from)
    kill_when(shop, upload, "applying")
    # Killed before the commit: nothing of it is there. After it: all of it is.
    assert SKU.objects.active().count() in (3, ROWS)
    assert BulkOperation.objects.count() == (SKU.objects.active().count() == ROWS)
    shop.start()
    eventually(lambda: seen(upload).state == "applied", PATIENCE, "the import")
    assert SKU.objects.active().count() == ROWS
    operation = BulkOperation.objects.get()
    assert upload.operation_id == operation.pk
    assert BulkItem.objects.filter(operation=operation).count() == ROWS + 3
