"""Loading the demo shop: through the same operations that people and programs use, with the clock set back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from catalog.models import SKU, Page, Store
from catalog.services.imports import IMPORT
from jobs.models import Job
from orders.models import Customer, LineItem, Order
from orders.services import customers
from printshop.api.actors import Actor, Role
from printshop.api.models import Account, APIKey
from printshop.api.reading import Item, read, read_items
from printshop.api.transactions import transact
from printshop.bulk.engine import Batch, Operation, Result, run
from printshop.bulk.registry import operations
from printshop.demo import catalogue, people
from printshop.demo.events import FLOOR, OFFICE, PARTNER, TICKS_A_DAY, Event, calendar
from printshop.demo.story import story

PARTNER_ACCOUNT = "partner"
ADMIN = "admin"
# The keys that the documentation shows: anybody knows them, so they exist in demo databases only.
KEYS = (
    (FLOOR, "Shop floor", Role.OPERATOR, Account.HOUSE),
    (OFFICE, "Back office", Role.ADMIN, Account.HOUSE),
    (PARTNER, "Partner storefront", Role.ADMIN, PARTNER_ACCOUNT),
)
ACCOUNTS = (Account.HOUSE, PARTNER_ACCOUNT)
NUMBERED: tuple[type[Model], ...] = (Order, LineItem, Job, Page)


class ForeignRows(Exception):
    """The database holds things that the demo did not make, and the demo's keys are known to everybody."""


def counted(rows: int, model: type[Model]) -> str:
    names = model._meta
    return f"{rows} {names.verbose_name if rows == 1 else names.verbose_name_plural}"


def is_loaded() -> bool:
    """Whether this is a demo database: no other has the demo's keys."""
    return APIKey.objects.filter(prefix__in=[text for text, *_ in KEYS]).exists()


def refuse_foreign_rows(*, loaded: bool) -> None:
    """Raise `ForeignRows` unless all there is belongs to the demo.

    Before loading that means nothing at all. Afterwards people use the demo, so whatever its own accounts made is its
    own; other accounts are not.
    """
    models: Sequence[type[Model]] = () if loaded else (User, APIKey, Customer, SKU, Order, Page)
    found = [counted(count, model) for model in models if (count := model._default_manager.count())]
    if others := Account.objects.exclude(code__in=ACCOUNTS if loaded else [Account.HOUSE]).values_list(
        "code", flat=True
    ):
        found.append(f"the account{'s' if len(others) > 1 else ''} {', '.join(others)}")
    if found:
        raise ForeignRows(f"This database holds what the demo shop did not make: {', '.join(found)}.")


def load(password: Callable[[], str], now: datetime) -> bool:
    """Load the demo shop, all or nothing, as it looks at `now`; says whether there was anything to load.

    `password` gives the admin's, and is asked only then. Raises `ForeignRows`.
    """

    def attempt() -> bool:
        # Whoever loads at the same time waits here and then finds everything.
        Account.objects.select_for_update().get(code=Account.HOUSE)
        loaded = is_loaded()
        refuse_foreign_rows(loaded=loaded)
        if not loaded:
            User.objects.create_superuser(ADMIN, password=password())
            fill(calendar(now))
        return not loaded

    return transact(attempt)


def fill(ticks: Sequence[datetime]) -> None:
    """Everything but the people at the admin."""
    restart_numbers()
    actors = make_keys()
    opened = ticks[0] - timedelta(days=1)
    imported(IMPORT, catalogue.skus(), actors[OFFICE], opened)
    imported(customers.CREATE, people.customers(), actors[OFFICE], opened)
    Store.objects.bulk_create(
        [Store(code=code, name=name, default=code == catalogue.DEFAULT_STORE) for code, name in catalogue.STORES],
        ignore_conflicts=True,
    )
    Page.objects.bulk_create(
        Page(identifier=identifier, title=title, content=content, created_at=opened, updated_at=opened)
        for identifier, title, content in catalogue.PAGES
    )
    Teller(ticks, actors).tell(story())


def restart_numbers() -> None:
    """Let numbers begin at 1: a load that failed, or rows long deleted, may have used some up."""
    tables = [{"table": model._meta.db_table, "column": "id"} for model in NUMBERED]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), tables):
            cursor.execute(statement)


def make_keys() -> dict[str, Actor]:
    """The accounts and the demo's keys, hashed as every key is; the actors by key."""
    Account.objects.create(code=PARTNER_ACCOUNT, name="Partner storefront")
    accounts = {account.code: account for account in Account.objects.filter(code__in=ACCOUNTS)}
    digest = APIKey.objects.key_generator.hash
    return {
        text: APIKey.objects.create(
            name=name, role=role, account=accounts[code], prefix=text, hashed_key=digest(text)
        ).actor()
        for text, name, role, code in KEYS
    }


def imported(operation: Operation, raws: list[Any], actor: Actor, at: datetime) -> Result:
    return run(operation, Batch(read_items(operation.item, raws), {}, actor, at))


class Teller:
    """Runs the events of a story, batch by batch, and remembers what its subjects are called in the shop."""

    def __init__(self, ticks: Sequence[datetime], actors: Mapping[str, Actor]) -> None:
        self.ticks = ticks
        self.actors = actors
        self.operations = operations()
        self.names: dict[str, str] = {}

    def tell(self, events: Sequence[Event]) -> None:
        for _, group in groupby(events, key=attrgetter("when")):
            self.carry_out(list(group))

    def carry_out(self, events: Sequence[Event]) -> None:
        """One batch."""
        first = events[0]
        operation = self.operations[first.operation]
        minute = first.when[1]
        at = self.ticks[first.tick] + timedelta(minutes=minute)
        terms, faults = read(operation.terms, dict(first.terms))
        items = [self.item(index, operation, event) for index, event in enumerate(events)]
        result = run(operation, Batch(items, terms, self.actors[first.key], at, faults=faults))
        self.remember(events, result)

    def item(self, index: int, operation: Operation, event: Event) -> Item:
        raw: Any = self.raw(event)
        value, faults = read(operation.item, raw)
        return Item(index, value, faults)

    def raw(self, event: Event) -> Any:
        """The item as the native dialect would send it."""
        match event.operation:
            case "orders.create":
                return self.new_order(event)
            case "orders.edit":
                return {**event.value, "id": self.names[event.subject]}
            case "jobs.reprint":
                return {"jobId": self.names[event.subject], **event.value}
            case _:
                return self.names[event.subject]

    def new_order(self, event: Event) -> dict[str, Any]:
        """The order with its due date: a working day has two ticks, and a week five such days."""
        value = dict(event.value)
        due = value.pop("dueTick", None)
        if due is not None:
            days = (due - event.tick) / TICKS_A_DAY * 7 / 5
            value["dueDate"] = (self.ticks[event.tick] + timedelta(days=days)).date().isoformat()
        return value

    def remember(self, events: Sequence[Event], result: Result) -> None:
        """New orders by number, their jobs by line, reprints by the job they repeat."""
        made = {event.subject: outcome.reference for event, outcome in zip(events, result.outcomes, strict=True)}
        match result.operation.name:
            case "orders.create":
                self.names |= made
            case "jobs.reprint":
                self.names |= {f"{subject}/again": reference for subject, reference in made.items()}
            case "orders.pay":
                subjects = {Order.number_in(reference): subject for subject, reference in made.items()}
                self.remember_jobs(subjects)

    def remember_jobs(self, subjects: Mapping[int | None, str]) -> None:
        seen = dict.fromkeys(subjects, 0)
        for job in Job.objects.filter(order_id__in=list(seen)).order_by("pk"):
            self.names[f"{subjects[job.order_id]}/{seen[job.order_id]}"] = job.reference
            seen[job.order_id] += 1
