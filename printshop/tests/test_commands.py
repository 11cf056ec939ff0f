"""The commands that keep accounts, keys and the tables in order."""

import os
import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from catalog.models import SKU, Media
from jobs.models import Job, JobMove
from jobs.services import ADVANCE, change_jobs
from orders.services.changes import PAY, change_orders
from orders.services.creation import create_orders
from printshop.api.actors import Role
from printshop.api.authentication import key_from
from printshop.api.counters import CounterCache
from printshop.api.models import Account, APIKey, IdempotencyRecord, Tally
from printshop.api.tallies import known
from printshop.backup.tests.shops import add_picture
from printshop.bulk.deferred.acceptance import Request, accept
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.deferred.endings import cancel
from printshop.bulk.models import BulkItem, BulkOperation, Selection
from printshop.testing import house, key_client, make_actor, make_customers, make_skus

pytestmark = pytest.mark.django_db(databases="__all__")


def run(*arguments: str) -> str:
    """What the command prints to standard output, without the newline."""
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue().rstrip("\n")


def create_key(*more: str, name: str = "a till", role: str = "operator") -> str:
    return run("create_api_key", "--account", "shop", "--name", name, "--role", role, *more)


def live(text: str) -> APIKey:
    """The key behind its text, which must work."""
    key = key_from(text)
    assert key is not None
    return key


# --- create_account --------------------------------------------------------------------------------------------------
def test_it_makes_an_account():
    run("create_account", "webshop", "The web shop")
    assert Account.objects.get(code="webshop").name == "The web shop"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("shop", "already exists"), ("no spaces", "letters, numbers"), ("x" * 41, "at most 40"), ("", "blank")],
)
def test_it_refuses_a_code_that_is_taken_or_no_code(code, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("create_account", code, "Somebody")


# --- create_api_key --------------------------------------------------------------------------------------------------
def test_it_prints_a_key_that_works_and_nothing_else():
    text = create_key(role="admin")
    key = live(text)
    assert (key.name, key.role, key.account.code, key.expiry_date) == ("a till", "admin", "shop", None)
    assert "\n" not in text


def test_it_keeps_no_key_that_could_be_read():
    text = create_key()
    assert text.partition(".")[2] not in str(APIKey.objects.values())


def test_it_binds_a_key_to_a_customer():
    customer = make_customers(1)[0]
    assert live(create_key("--customer", customer, role="customer")).customer == customer


def test_it_gives_a_key_an_end():
    text = create_key("--expires", "2099-05-01T12:00:00+02:00")
    assert live(text).expiry_date == datetime(2099, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"role": "cashier"}, "role must be one of customer, operator or admin"),
        ({"role": "customer"}, "A key of role customer names its customerId"),
        ({"name": "x" * 51}, "name must have at most 50 characters"),
        ({"name": ""}, "name must have at least 1 character"),
    ],
)
def test_it_names_the_rule_that_a_key_breaks(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        create_key(**arguments)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--customer", "cust-404"), "no other key does"),
        (("--expires", "tomorrow"), "expiresAt must be a time in ISO 8601"),
        (("--expires", "2099-05-01T12:00:00"), "offset from UTC"),
    ],
)
def test_it_names_the_argument_that_does_not_fit(more, sentence):
    with pytest.raises(CommandError, match=sentence):
        create_key(*more)


def test_it_refuses_a_customer_who_does_not_exist():
    with pytest.raises(CommandError, match="There is no customer cust-404"):
        create_key("--customer", "cust-404", role="customer")


def test_it_names_the_accounts_there_are():
    with pytest.raises(CommandError, match=r"There is no account shoop\. There are: shop\."):
        run("create_api_key", "--account", "shoop", "--name", "a till", "--role", "admin")


# --- rotate_api_key and revoke_api_key -------------------------------------------------------------------------------
def prefix_of(text: str) -> str:
    return text.partition(".")[0]


def test_it_rotates_a_key_and_lets_the_old_one_work_on():
    old = create_key()
    new = run("rotate_api_key", prefix_of(old), "--overlap", "3600")
    assert key_from(old) is not None
    assert live(new).role == "operator"
    left = APIKey.objects.get(prefix=prefix_of(old)).expiry_date - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_it_ends_the_old_key_at_once_without_an_overlap():
    old = create_key()
    run("rotate_api_key", prefix_of(old), "--overlap", "0")
    assert key_from(old) is None


@pytest.mark.parametrize("overlap", ["-1", "2592001"])
def test_it_refuses_an_overlap_out_of_range(overlap):
    with pytest.raises(CommandError, match="overlapSeconds must be at"):
        run("rotate_api_key", prefix_of(create_key()), "--overlap", overlap)


def test_it_rotates_no_key_that_was_revoked():
    text = create_key()
    run("revoke_api_key", prefix_of(text))
    with pytest.raises(CommandError, match="Only a live key can be rotated"):
        run("rotate_api_key", prefix_of(text))


def test_it_revokes_a_key_at_once():
    text = create_key()
    said = run("revoke_api_key", prefix_of(text))
    assert key_from(text) is None
    assert prefix_of(text) in said


def test_it_takes_a_whole_key_and_never_repeats_its_secret():
    text = create_key()
    assert text.partition(".")[2] not in run("revoke_api_key", text)
    with pytest.raises(CommandError) as refused:
        run("revoke_api_key", f"unknown.{'s' * 32}")
    assert "There is no API key unknown." in str(refused.value)
    assert "sss" not in str(refused.value)


# --- purge -----------------------------------------------------------------------------------------------------------
def keep_answers(count: int, at: datetime) -> None:
    IdempotencyRecord.objects.bulk_create(
        IdempotencyRecord(account=house(), key=f"{at:%Y%m%d%H} {n}", status=201, body="{}", created_at=at)
        for n in range(count)
    )


def test_it_forgets_answers_after_their_hours(settings: Settings):
    settings.IDEMPOTENCY_HOURS = 24
    now = timezone.now()
    keep_answers(3, now - timedelta(hours=25))
    keep_answers(2, now - timedelta(hours=23))
    assert run("purge").startswith("Deleted idempotency records: 3, operations: 0, expired counts: 0,")
    assert IdempotencyRecord.objects.count() == 2


def move_a_job(at: datetime) -> Job:
    """Three operations: an order, its payment, a move."""
    actor = make_actor()
    if not Job.objects.exists():
        make_skus(1)
        make_customers(1)
    lines = [{"sku_id": "sku-0001", "quantity": 1}]
    made = create_orders([{"customer_id": "cust-001", "line_items": lines}], actor=actor, at=at)
    change_orders(PAY, [made.outcomes[0].reference], actor=actor, at=at)
    job = Job.objects.latest("pk")
    change_jobs(ADVANCE, [job.reference], actor=actor, at=at, target_status="VALIDATED")
    return job


def test_it_forgets_old_operations_with_their_items_but_no_move_of_a_job():
    now = timezone.now()
    old, new = move_a_job(now - timedelta(days=366)), move_a_job(now - timedelta(days=364))
    assert run("purge").startswith("Deleted idempotency records: 0, operations: 3, expired counts: 0,")
    assert BulkOperation.objects.count() == 3
    assert BulkItem.objects.count() == 3
    kept = old.moves.get()
    assert kept.target == "VALIDATED"
    known = set(BulkOperation.objects.values_list("pk", flat=True))
    assert kept.operation_id is not None, "a move goes on naming its operation"
    assert kept.operation_id not in known
    assert new.moves.get().operation_id in known


def test_it_keeps_operations_as_long_as_it_is_told():
    move_a_job(timezone.now() - timedelta(days=30))
    run("purge", "--older-than-days", "31")
    assert BulkOperation.objects.count() == 3
    run("purge", "--older-than-days", "29")
    assert BulkOperation.objects.count() == 0
    assert JobMove.objects.count() == 1


def test_it_never_forgets_what_is_not_finished():
    long_ago, actor = timezone.now() - timedelta(days=500), make_actor()
    waiting, called_off = (
        accept(Request("skus.import", [{"id": "a", "name": "A"}], actor, long_ago)) for _ in range(2)
    )
    cancel(called_off)
    assert run("purge").startswith("Deleted idempotency records: 0, operations: 1, expired counts: 0,")
    assert BulkOperation.objects.get().pk == waiting
    while carry_out_next():
        pass
    assert BulkItem.objects.get().verdict == "created"
    run("purge")
    assert not BulkOperation.objects.exists()


@pytest.mark.parametrize("days", ["-1", "36501"])
def test_it_refuses_days_out_of_range(days):
    with pytest.raises(CommandError, match="must be between 0 and 36500"):
        run("purge", "--older-than-days", days)


def test_it_goes_through_many_in_batches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("printshop.bulk.management.commands.purge.RECORDS", 2)
    monkeypatch.setattr("printshop.bulk.management.commands.purge.OPERATIONS", 2)
    long_ago = timezone.now() - timedelta(days=500)
    keep_answers(5, long_ago)
    move_a_job(long_ago)
    assert run("purge").startswith("Deleted idempotency records: 5, operations: 3")


def test_it_forgets_counts_of_minutes_that_are_over():
    counters = caches["counters"]
    assert isinstance(counters, CounterCache)
    counters.add("still running", 1, timeout=3600)
    counters.add("over", 1, timeout=-1)
    assert "expired counts: 1," in run("purge")
    assert counters.get("still running") == 1


def test_a_purged_idempotency_key_can_be_used_again():
    client = key_client(Role.ADMIN)
    body = {"name": "Ada", "externalId": "ada"}
    assert client.post("/api/customers", body, idempotency_key="once").status_code == 201
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    run("purge")
    assert client.post("/api/customers", {"name": "Bob"}, idempotency_key="once").status_code == 201


def test_it_purges_selections_that_nobody_confirmed():
    owner = get_user_model().objects.create_user("boss")
    for hours in (23, 25, 49):
        at = timezone.now() - timedelta(hours=hours)
        Selection.objects.create(owner=owner, model="jobs.job", count=0, packed=b"", created_at=at)
    assert "selections: 2," in run("purge")
    assert Selection.objects.count() == 1


def test_it_removes_files_that_no_row_names(settings: Settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert run("purge").endswith("media files: 0.")
    make_skus()
    add_picture("Front")
    named = tmp_path / Media.objects.get().file.name
    old, new = named.with_name(f"{'a' * 32}.png"), named.with_name(f"{'b' * 32}.png")
    for path in (old, new):
        path.touch()
    the_day_before = time.time() - 25 * 3600
    for path in (old, named):
        os.utime(path, (the_day_before, the_day_before))
    assert run("purge").endswith("media files: 1.")
    # What is new may belong to a row that is not committed yet.
    assert sorted(named.parent.iterdir()) == sorted([named, new])


@pytest.mark.postgresql
def test_it_counts_lists_anew_and_says_what_it_found():
    make_skus(3)
    Tally.objects.filter(name="skus").delete()
    assert "skus: 3" in run("recount").splitlines()
    assert known(SKU.objects.all()) == 3


@pytest.mark.sqlite
def test_where_no_length_is_kept_there_is_nothing_to_count_anew():
    assert run("recount").startswith("Nothing to do")
