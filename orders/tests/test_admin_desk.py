"""Orders at the desk: until when they are due, and what is noted of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from orders.admin.notes import add_note, with_note
from orders.models import Order
from printshop.bulk.confirm import pages
from printshop.bulk.deferred.carrying import carry_out_next
from printshop.bulk.models import BulkOperation
from printshop.bulk.undoing import undo
from printshop.testing import NOON, make_actor, make_jobs, make_orders, numbers, snapshot, statements
from printshop.tests.desk import Desk, make_operator, text_of, url

pytestmark = pytest.mark.django_db
DAYS = (-1, 0, 6, 7, None)
INLINES = {f"{name}-{one}_FORMS": "0" for name in ("line_items", "jobs", "payments") for one in ("TOTAL", "INITIAL")}


@pytest.fixture
def desk() -> Desk:
    return Desk(make_operator("view_order", "change_order", "view_job"))


def due_in(days: int | None) -> Any:
    return None if days is None else timezone.now().date() + timedelta(days=days)


def orders_due() -> dict[int | None, int]:
    """The number of an order for each of `DAYS` from today, and one that has left and was due yesterday."""
    keys = [Job.objects.get(pk=number).order_id for number in numbers(make_jobs(len(DAYS)))]
    for days, key in zip(DAYS, keys, strict=True):
        Order.objects.filter(pk=key).update(due_date=due_in(days))
    left = numbers(make_orders(2))
    Order.objects.filter(pk__in=left).update(status="shipped")
    Order.objects.filter(pk=left[0]).update(due_date=due_in(-1))
    return dict(zip(DAYS, keys, strict=True))


def listed(desk: Desk, model: Any, **query: str) -> list[Any]:
    page = desk.client.get(url(model, "changelist"), query)
    return [row.pk if model is Order else row.order_id for row in page.context["cl"].result_list]


@pytest.mark.parametrize(
    ("asked", "days"), [("overdue", {-1}), ("today", {0}), ("week", {0, 6}), ("never", {None}), ("soon", set(DAYS))]
)
@pytest.mark.parametrize("model", [Order, Job])
def test_it_narrows_lists_down_by_the_day(desk: Desk, model: Any, asked: str, days: set[int | None]) -> None:
    keys = orders_due()
    found = set(listed(desk, model, due=asked)) & set(keys.values())
    assert found == {keys[one] for one in days}
    if asked != "soon":
        assert len(listed(desk, model, due=asked)) == len(days)


@pytest.mark.parametrize("model", [Order, Job])
def test_it_sorts_lists_by_the_day(desk: Desk, model: Any) -> None:
    keys = orders_due()
    columns = desk.get(model).context["cl"].list_display
    found = [key for key in listed(desk, model, o=str(columns.index("due"))) if key in keys.values()]
    dated = [keys[days] for days in DAYS if days is not None]
    assert [key for key in found if key != keys[None]] == dated


def test_it_marks_in_words_what_is_late(desk: Desk) -> None:
    keys = orders_due()
    for days, word in ((-1, "overdue"), (0, "today")):
        assert word in text_of(desk.get(Order, "change", keys[days])).split("Created")[0]
    body = desk.get(Order).content.decode()
    assert (body.count(" overdue</span>"), body.count(" today</span>")) == (1, 1)


def test_it_leads_from_the_dashboard_to_the_late_ones(desk: Desk) -> None:
    orders_due()
    assert f"{url(Order, 'changelist')}?due=overdue" in desk.client.get(reverse("admin:index")).content.decode()


# --- Notes ------------------------------------------------------------------------------------------------------------
# --- Other dates for many --------------------------------------------------------------------------------------------
def dates(keys: list[int]) -> list[str | None]:
    found = Order.objects.in_bulk(keys)
    return [str(found[key].due_date) if found[key].due_date else None for key in keys]


def test_it_gives_many_orders_one_date_once_its_plan_was_seen(desk: Desk) -> None:
    keys = numbers(make_orders(3))
    Order.objects.filter(pk=keys[0]).update(due_date="2026-04-01")
    page = desk.tick(Order, keys, "due")
    assert "Nothing will be rescheduled, 3 stay as they are" in text_of(page)
    page = desk.press(Order, page, "plan", due_date="2026-04-01")
    assert "2 will be rescheduled, 1 stays as it is" in text_of(page)
    assert "due date: – → 2026-04-01" in text_of(page)
    assert dates(keys) == ["2026-04-01", None, None]
    assert desk.press(Order, page, due_date="2026-04-01").status_code == 302
    assert dates(keys) == ["2026-04-01"] * 3
    operation = BulkOperation.objects.latest("pk")
    assert (operation.name, operation.user, operation.counts) == (
        "orders.edit",
        desk.user,
        {"updated": 2, "unchanged": 1},
    )


def test_it_takes_dates_away_when_that_is_said_and_not_by_an_empty_field(desk: Desk) -> None:
    keys = numbers(make_orders(2))
    Order.objects.filter(pk__in=keys).update(due_date="2026-04-01")
    page = desk.press(Order, desk.tick(Order, keys, "due"), "plan", due_date="")
    assert "Nothing will be rescheduled" in text_of(page)
    both = desk.press(Order, page, due_date="2026-05-01", never="on")
    assert "Give a date or take the dates away, not both." in text_of(both)
    page = desk.press(Order, page, "plan", never="on")
    assert "due date: 2026-04-01 → –" in text_of(page)
    desk.press(Order, page, never="on")
    assert dates(keys) == [None, None]


def test_it_gives_all_that_match_a_date_by_the_queue_and_takes_it_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 2)
    keys = numbers(make_orders(3))
    address = desk.tick(Order, keys[:1], "due", "?due=never", select_across="1")["Location"]
    page = desk.client.post(address, {"step": "plan", "due_date": "2026-04-01"})
    desk.client.post(address, {"step": "confirm", "due_date": "2026-04-01", "plan": page.context["plan"]})
    while carry_out_next():
        pass
    assert dates(keys) == ["2026-04-01"] * 3
    undo(BulkOperation.objects.latest("pk"), actor=make_actor(), at=timezone.now())
    while carry_out_next():
        pass
    assert dates(keys) == [None] * 3


# --- Notes -----------------------------------------------------------------------------------------------------------
def note(desk: Desk, key: int, text: str) -> Any:
    return desk.client.post(reverse("admin:orders_order_note", args=[key]), {"note": text}, follow=True)


def test_it_keeps_what_was_noted_and_adds_time_and_author(desk: Desk) -> None:
    [key] = numbers(make_orders())
    Order.objects.filter(pk=key).update(notes="Ring twice\n")
    assert "The note was added." in text_of(note(desk, key, "Gate code 7\r\nDog"))
    first, second, third = Order.objects.get(pk=key).notes.split("\n")
    assert first == "Ring twice"
    assert second.startswith(f"[{timezone.now():%Y-%m-%d}")
    assert second.endswith(" olga] Gate code 7")
    assert third == "Dog"
    operation = BulkOperation.objects.latest("pk")
    assert (operation.name, operation.user, operation.items.get().before) == (
        "orders.edit",
        desk.user,
        {"notes": "Ring twice\n"},
    )


def test_it_says_when_and_who_in_the_first_note_too() -> None:
    assert with_note(" ", "Call", "olga", NOON) == "[2026-03-02 12:00 olga] Call"


def test_it_refuses_what_does_not_fit_and_an_empty_note(desk: Desk) -> None:
    [key] = numbers(make_orders())
    Order.objects.filter(pk=key).update(notes="x" * 4_990)
    before = snapshot()
    assert "notes must have at most 5000 characters." in text_of(note(desk, key, "More"))
    assert "This field is required." in text_of(note(desk, key, " "))
    assert snapshot() == before


def test_it_does_not_lose_a_note_to_a_page_that_was_open_before(desk: Desk) -> None:
    [key] = numbers(make_orders())
    add_note(key, "First", actor=make_actor(), at=NOON)
    page = desk.get(Order, "change", key).content.decode()
    assert 'name="initial-notes"' in page
    shown = Order.objects.get(pk=key).notes.replace("\n", "\r\n")
    add_note(key, "Second", actor=make_actor(), at=NOON)
    desk.post(Order, "change", {"notes": shown, "initial-notes": shown, "carrier": "UPS"} | INLINES, key)
    order = Order.objects.get(pk=key)
    assert order.carrier == "UPS"
    assert order.notes.count("\n") == 1
    assert order.notes.endswith("Second")


INLINES = {
    f"{name}-{field}_FORMS": "0" for name in ("line_items", "jobs", "payments") for field in ("TOTAL", "INITIAL")
}


def test_it_tells_of_notes_in_the_list_without_a_look_at_the_icon(desk: Desk) -> None:
    noted, _ = numbers(make_orders(2))
    Order.objects.filter(pk=noted).update(notes='Ring "twice"')
    body = desk.get(Order).content.decode()
    assert body.count('aria-label="Notes: Ring &quot;twice&quot;"') == 1
    assert body.count("sticky_note_2") == 1


def test_it_lets_nobody_note_without_the_permission() -> None:
    looker = Desk(make_operator("view_order"))
    [key] = numbers(make_orders())
    before = snapshot()
    assert "Add the note" not in text_of(looker.get(Order, "change", key))
    assert note(looker, key, "x").status_code == 403
    assert looker.get(Order, "note", key).status_code == 405
    assert snapshot() == before


def test_it_knows_no_order_that_is_not_there(desk: Desk) -> None:
    assert note(desk, 999, "x").status_code == 404


def test_it_lists_many_orders_with_as_many_statements_as_few(desk: Desk) -> None:
    counts = []
    for more in (2, 30):
        Order.objects.filter(pk__in=numbers(make_orders(more))).update(notes="x", due_date=due_in(-1))
        with statements() as sent:
            listed(desk, Order, due="overdue")
        counts.append(len(sent))
    assert counts[0] == counts[1]
