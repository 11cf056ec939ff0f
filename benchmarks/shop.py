"""A shop to measure in, and the work of each call.

All of it is made outside the clock. Every call brings new orders, jobs or values, so that nothing is wiped between
rounds and no contender meets what another one left behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, count
from typing import Any
from uuid import UUID, uuid4

import orjson

from catalog.models import SKU
from jobs.models import Job
from jobs.states import JobStatus
from orders.models import LineItem, Order
from orders.states import OrderStatus
from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.api.models import Account, APIKey
from printshop.api.uuids import time_ordered_uuid
from printshop.testing import house, make_customers, make_skus

CUSTOMERS, OFFERED, LISTED = 40, 60, 500
ORDERS, LINES, JOBS, CHANGED = 50, 3, 100, 50
TIERS = {"draft": {"multiplier": 0.8}, "standard": {"multiplier": 1}, "fine": {"multiplier": 1.5}}
OPTIONS = [{"key": "colour", "label": "Colour", "type": "select", "choices": ["black", "white"], "priceModifier": 0.5}]
ADDRESS = {"name": "Ada Example", "line1": "1 Mill Lane", "city": "Leeds", "zip": "LS1 1AA", "country": "GB"}
IMAGES = ("before", "after", "effects")
BLOCK = 100
# No value of a shop to measure in holds it.
SEPARATOR = "\x02"
# What is recorded of an item, in this order.
ITEM = ("index", "reference", "verdict", *IMAGES)
Row = dict[str, Any]


def text(value: Any) -> str:
    """JSON, as the floor's statements take it."""
    return orjson.dumps(value).decode()


def written(value: Any) -> str:
    """A value as PostgreSQL reads it from text; `null` where there is none."""
    return value if isinstance(value, str) else str(value) if isinstance(value, datetime) else text(value)


@dataclass(frozen=True, slots=True)
class Arrays:
    """Rows for PostgreSQL as it takes them quickest: a list for each column, and once what is the same in all of them.

    `select` gives them, `columns` are their names, `values` what stands in the places of the statement.
    """

    columns: str
    select: str
    values: Row


def arrays(name: str, rows: Sequence[Row], types: Mapping[str, str]) -> Arrays:
    """Rows of columns of these types; `name` is put before the names of the places."""
    texts = {column: [written(row[column]) for row in rows] for column in types}
    same = {column: values[0] for column, values in texts.items() if len(set(values)) == 1}
    own = {column: SEPARATOR.join(values) for column, values in texts.items() if column not in same}
    given = {column: f'r."{column}"' if column in own else f"%({name}_{column})s" for column in types}
    select = ", ".join(f'{given[column]}::{kind} AS "{column}"' for column, kind in types.items())
    lists = ", ".join(f"string_to_array(%({name}_{column})s, e'\\x02', 'null')" for column in own)
    quoted = ", ".join(f'"{column}"' for column in own)
    values = {column: None if value == "null" else value for column, value in same.items()} | own
    return Arrays(
        ", ".join(f'"{column}"' for column in types),
        f"SELECT {select}" + (f" FROM unnest({lists}) AS r ({quoted})" if own else ""),
        {f"{name}_{column}": value for column, value in values.items()},
    )


def kept_of(items: Sequence[Row]) -> list[str]:
    """The columns in which some item has something: an image that none has need not be sent."""
    return [name for name in (items[0] if items else ()) if any(item[name] is not None for item in items)]


def plain_value(value: Any) -> Any:
    """A value as SQLite keeps it."""
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=None))
    return text(value) if isinstance(value, dict | list) else value


@dataclass(frozen=True, slots=True)
class Blocks:
    """Rows for SQLite as it takes them quickest: places for a hundred of them, and their values.

    What is the same in all of them has one place, before the others.
    """

    marks: str
    values: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column begins with, and whether it is the same all the way down."""

    first: Any
    is_same: bool


def blocks(rows: Sequence[Sequence[Any]]) -> Blocks:
    """Rows of plain values; their number is a multiple of a hundred, or small."""
    if not rows:
        return Blocks("", [])
    height = BLOCK if len(rows) % BLOCK == 0 else 1
    columns = [Column(values[0], len(set(values)) == 1) for values in zip(*rows, strict=True)]
    same = [column.first for column in columns if column.is_same]
    own = [[value for value, column in zip(row, columns, strict=True) if not column.is_same] for row in rows]
    places = count(len(same) + 1)

    def marks() -> str:
        alike = count(1)
        return ", ".join(f"?{next(alike if column.is_same else places)}" for column in columns)

    values = [same + list(chain.from_iterable(own[start : start + height])) for start in range(0, len(rows), height)]
    return Blocks(", ".join(f"({marks()})" for _ in range(height)), values)


@dataclass(frozen=True, slots=True)
class Work:
    """One call: `noun` and `body` for those who are asked over the API, `ready` for the floor.

    `path` is the address where it is not that of the noun's bulk call.
    """

    noun: str
    body: bytes
    idempotency_key: str
    ready: Row
    path: str = ""


@dataclass(slots=True)
class Shop:
    """What the calls refer to: a key, customers, and SKUs on offer and on the list that is imported again and again."""

    account: Account
    key: APIKey
    secret: str
    customers: Sequence[str]
    offered: Sequence[str]
    listed: Sequence[str]
    serial: "count[int]" = field(default_factory=lambda: count(1))

    @classmethod
    def open(cls) -> "Shop":
        key, secret = issue(house(), "benchmark", Role.ADMIN)
        offered = make_skus(OFFERED, "offer", quality_tiers=TIERS, options=OPTIONS, machine_type="fdm_standard")
        shop = cls(house(), key, secret, make_customers(CUSTOMERS), offered, [])
        items = [sku_item(f"listed-{number:04d}", number) for number in range(LISTED)]
        at = datetime.now(UTC)
        SKU.objects.bulk_create([SKU(**sku_row(item, at)) for item in items])
        shop.listed = [item["id"] for item in items]
        return shop

    def bookkeeping(self, name: str, at: datetime, items: Sequence[Row], answer: Row, terms: Row | None = None) -> Row:
        """The ready values of what stands around every call: limit, lock, operation, items, stored answer."""
        number = next(self.serial)
        operation_id = time_ordered_uuid()
        verdicts = [item["verdict"] for item in items]
        return {
            "at": at.isoformat(),
            "prefix": self.key.prefix,
            "limit_key": f":1:rl:{name}:{self.account.pk}",
            "lock": number,
            "account_id": self.account.pk,
            "idempotency_key": f"benchmark-{number}",
            "fingerprint": f"{number:064x}",
            "status": 201 if name == "orders.create" else 200,
            "headers": text({"X-Bulk-Operation": str(operation_id)}),
            "body": text(answer),
            "operation_id": str(operation_id),
            "name": name,
            "key_id": self.key.pk,
            "actor": self.key.name,
            "terms": text(terms or {}),
            "total": len(items),
            "counts": text({verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}),
            "items": text([{name: item[name] for name in kept_of(items)} for item in items]),
            "images": [name for name in IMAGES if name in kept_of(items)],
            "items_bound": blocks(
                [
                    (operation_id.hex, *(plain_value(item[name]) for name in kept_of(items) if name in ITEM))
                    for item in items
                ]
            ),
            "items_arrays": item_arrays(items, operation_id),
        }

    def work(self, noun: str, body: Row, ready: Row, path: str = "") -> Work:
        return Work(noun, orjson.dumps(body), ready["idempotency_key"], ready, path)


ITEM_TYPES = {"operation_id": "uuid", "index": "integer", "reference": "text", "verdict": "text"}


def item_arrays(items: Sequence[Row], operation_id: UUID) -> Arrays | None:
    """The recorded items for PostgreSQL; `uuid` is that of an order they are found by."""
    if not items:
        return None
    images = dict.fromkeys([name for name in kept_of(items) if name in IMAGES], "jsonb")
    types = ITEM_TYPES | images | ({"uuid": "uuid"} if "uuid" in items[0] else {})
    rows = [{**item, "operation_id": str(operation_id), "uuid": str(item.get("uuid"))} for item in items]
    return arrays("item", rows, types)


def item_row(index: int, reference: str, verdict: str, **images: Any) -> Row:
    """A recorded item; what it has no image of is null."""
    return {
        "index": index,
        "reference": reference,
        "verdict": verdict,
        "before": None,
        "after": None,
        "effects": None,
        **images,
    }


# --- 50 orders × 3 lines -------------------------------------------------------------------------------------------
def line_of(shop: Shop, number: int, position: int) -> Row:
    line: Row = {"skuId": shop.offered[(number * LINES + position) % OFFERED], "quantity": 1 + position}
    return line if position else {**line, "options": {"quality": "fine", "colour": "black"}}


def line_row(uuid: UUID, line: Row) -> Row:
    """1250 cents, or 1250 × 1.5 + 50 of the chosen options."""
    price = 1925 if "options" in line else 1250
    return {
        "uuid": uuid,
        "sku_id": line["skuId"],
        "kind": "print",
        "name": "A cube",
        "quantity": line["quantity"],
        "options": line.get("options", {}),
        "unit_price": price,
        "total": price * line["quantity"],
    }


LINE_TYPES = {
    "uuid": "uuid",
    "sku_id": "text",
    "kind": "text",
    "name": "text",
    "quantity": "integer",
    "options": "jsonb",
    "unit_price": "bigint",
    "total": "bigint",
}
ORDER_TYPES = {
    "uuid": "uuid",
    "account_id": "bigint",
    **dict.fromkeys(("customer_id", "type", "status", "external_id"), "text"),
    **dict.fromkeys(("subtotal", "shipping", "tax", "total"), "bigint"),
    "currency": "text",
    "shipping_address": "jsonb",
    **dict.fromkeys(("notes", "return_url", "carrier", "tracking_number"), "text"),
    "digital": "boolean",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}


def plain_uuid(row: Row) -> Row:
    return {**row, "uuid": str(row["uuid"])}


def order_row(uuid: UUID, order: Row, account_id: int, lines: Sequence[Row], at: datetime) -> Row:
    total = sum(line["total"] for line in lines)
    return {
        "uuid": uuid,
        "account_id": account_id,
        "customer_id": order["customerId"],
        "type": "sale",
        "status": "pending_payment",
        "external_id": "",
        "subtotal": total,
        "shipping": 0,
        "tax": 0,
        "total": total,
        "currency": "USD",
        "shipping_address": order["shippingAddress"],
        "notes": order["notes"],
        "return_url": "",
        "carrier": "",
        "tracking_number": "",
        "digital": False,
        "created_at": at,
        "updated_at": at,
    }


def orders(shop: Shop, count: int = ORDERS) -> Work:
    at = datetime.now(UTC)
    asked: list[Row] = [
        {
            "customerId": shop.customers[number % CUSTOMERS],
            "lineItems": [line_of(shop, number, position) for position in range(LINES)],
            "shippingAddress": ADDRESS,
            "notes": "Please ring twice.",
        }
        for number in range(count)
    ]
    lines: dict[UUID, list[Row]] = {time_ordered_uuid(): [] for _ in asked}
    for uuid, order in zip(lines, asked, strict=True):
        lines[uuid] = [line_row(uuid, line) for line in order["lineItems"]]
    rows = [order_row(uuid, order, shop.account.pk, lines[uuid], at) for uuid, order in zip(lines, asked, strict=True)]
    items = [
        item_row(
            index, "", "created", after={"status": "pending_payment", "total": row["total"] / 100}, uuid=row["uuid"]
        )
        for index, row in enumerate(rows)
    ]
    answer = {"created": count, "failed": 0, "orders": [{"id": "ord-1000", "status": "pending_payment"}] * count}
    ready = shop.bookkeeping("orders.create", at, items, answer) | {
        "customer_ids": text(sorted({order["customerId"] for order in asked})),
        "sku_ids": text(sorted({line["skuId"] for order in asked for line in order["lineItems"]})),
        "orders": text(rows),
        "lines": text([line for uuid in lines for line in lines[uuid]]),
        "orders_arrays": arrays("order", [plain_uuid(row) for row in rows], ORDER_TYPES),
        "lines_arrays": arrays("line", [plain_uuid(line) for uuid in lines for line in lines[uuid]], LINE_TYPES),
    }
    return shop.work("orders", {"orders": asked}, ready)


def one_order(shop: Shop) -> Work:
    """The same as a request of its own."""
    work = orders(shop, 1)
    return replace(work, body=orjson.dumps(orjson.loads(work.body)["orders"][0]), path="/api/orders")


# --- 100 jobs in 50 orders -----------------------------------------------------------------------------------------
def queued_jobs(shop: Shop, at: datetime, count: int) -> list[Job]:
    """Two to an order; all of an order's jobs move, so that every order moves with them."""
    stamps: Row = {"created_at": at, "updated_at": at}
    money: Row = {"subtotal": 2500, "total": 2500}
    made = Order.objects.bulk_create(
        Order(
            uuid=uuid4(), account=shop.account, customer_id=customer, status=OrderStatus.PROCESSING, **money, **stamps
        )
        for customer in [shop.customers[number % CUSTOMERS] for number in range((count + 1) // 2)]
    )
    lines = LineItem.objects.bulk_create(
        LineItem(
            order=order, sku_id=shop.offered[index], name="A cube", quantity=1, options={}, unit_price=1250, total=1250
        )
        for order in made
        for index in range(min(count, 2))
    )
    return Job.objects.bulk_create(
        Job(order_id=line.order_id, line_item=line, sku_id=line.sku_id, quantity=1, status=JobStatus.QUEUED, **stamps)
        for line in lines
    )


def job_item(index: int, job: Job) -> Row:
    """The first job of an order takes the order along."""
    effect = {"kind": "order_status", "id": job.order.reference, "from": "processing", "to": "printing"}
    images: Row = {"before": {"status": "QUEUED"}, "after": {"status": "PRINTING"}}
    return item_row(index, job.reference, "updated", **images, effects=None if index % 2 else [effect])


def jobs(shop: Shop, count: int = JOBS) -> Work:
    at = datetime.now(UTC)
    queued = queued_jobs(shop, at, count)
    items = [job_item(index, job) for index, job in enumerate(queued)]
    moved = [{"id": job.reference, "status": "PRINTING"} for job in queued]
    answer = {"advanced": count, "unchanged": 0, "failed": 0, "jobs": moved}
    ready = shop.bookkeeping("jobs.advance", at, items, answer, {"targetStatus": "PRINTING"}) | {
        "job_ids": text([job.pk for job in queued]),
        "order_ids": text(sorted({job.order_id for job in queued})),
    }
    return shop.work("jobs", {"jobIds": [job.reference for job in queued], "targetStatus": "PRINTING"}, ready)


def one_job(shop: Shop) -> Work:
    """The same as a request of its own."""
    work = jobs(shop, 1)
    [job_id] = orjson.loads(work.body)["jobIds"]
    return replace(work, body=orjson.dumps({"targetStatus": "PRINTING"}), path=f"/api/jobs/{job_id}/advance")


SKU_TYPES = dict.fromkeys(("id", "name", "kind", "description", "machine_type", "material"), "text") | {
    "estimated_print_time": "integer",
    "estimated_material_grams": "double precision",
    "base_price": "bigint",
    "currency": "text",
    "quality_tiers": "jsonb",
    "options": "jsonb",
    "active": "boolean",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}


# --- 500 SKUs ------------------------------------------------------------------------------------------------------
def sku_item(sku_id: str, number: int) -> Row:
    return {
        "id": sku_id,
        "name": f"Bracket {number}",
        "description": "Printed in one piece, sanded by hand, shipped flat.",
        "machineType": "fdm_standard",
        "material": "PLA",
        "estimatedPrintTime": 45 + number % 90,
        "estimatedMaterialGrams": 12.5,
        "basePrice": 10 + number % 50,
        "qualityTiers": TIERS,
        "options": OPTIONS,
    }


def sku_row(item: Row, at: datetime) -> Row:
    return {
        "id": item["id"],
        "name": item["name"],
        "kind": "print",
        "description": item["description"],
        "machine_type": item["machineType"],
        "material": item["material"],
        "estimated_print_time": item["estimatedPrintTime"],
        "estimated_material_grams": item["estimatedMaterialGrams"],
        "base_price": item["basePrice"] * 100,
        "currency": "USD",
        "quality_tiers": item["qualityTiers"],
        "options": item["options"],
        "active": True,
        "created_at": at,
        "updated_at": at,
    }


def import_of(shop: Shop, asked: Sequence[Row], items: Sequence[Row], at: datetime, rows: Row) -> Work:
    verdicts = [item["verdict"] for item in items]
    answer: Row = {"mode": "upsert"}
    answer |= {word: verdicts.count(word) for word in ("created", "updated", "unchanged", "skipped", "deactivated")}
    answer |= {"failed": 0, "skus": [{"id": item["reference"], "result": item["verdict"]} for item in items]}
    ready = shop.bookkeeping("skus.import", at, items, answer) | {"sku_ids": text(sorted(one["id"] for one in asked))}
    return shop.work("skus", {"skus": asked}, ready | rows)


def skus_new(shop: Shop) -> Work:
    at, batch = datetime.now(UTC), next(shop.serial)
    asked = [sku_item(f"new-{batch:06d}-{number:03d}", number) for number in range(LISTED)]
    images = [{name: value for name, value in one.items() if name != "id"} for one in asked]
    items = [item_row(index, one["id"], "created", after=images[index]) for index, one in enumerate(asked)]
    rows = [sku_row(one, at) for one in asked]
    bound = blocks([tuple(map(plain_value, row.values())) for row in rows])
    return import_of(shop, asked, items, at, {"new": bound, "new_arrays": arrays("sku", rows, SKU_TYPES)})


def skus_changed(shop: Shop) -> Work:
    """Every tenth SKU has another price than the last time."""
    at, price = datetime.now(UTC), 100 + next(shop.serial)
    asked = [sku_item(sku_id, number) for number, sku_id in enumerate(shop.listed)]
    before = dict(SKU.objects.filter(pk__in=shop.listed).values_list("pk", "base_price"))
    items = [item_row(index, one["id"], "unchanged") for index, one in enumerate(asked)]
    for index, one in enumerate(asked):
        if index % (LISTED // CHANGED):
            one["basePrice"] = before[one["id"]] // 100
            continue
        one["basePrice"] = price
        images = {"before": {"basePrice": before[one["id"]] / 100}, "after": {"basePrice": price}}
        items[index] = item_row(index, one["id"], "updated", **images)
    changed = [{"id": one["id"], "base_price": price * 100} for one in asked[:: LISTED // CHANGED]]
    return import_of(shop, asked, items, at, {"changed": text(changed)})


def skus_unchanged(shop: Shop) -> Work:
    prices = dict(SKU.objects.filter(pk__in=shop.listed).values_list("pk", "base_price"))
    asked = [
        sku_item(sku_id, number) | {"basePrice": prices[sku_id] // 100} for number, sku_id in enumerate(shop.listed)
    ]
    items = [item_row(index, one["id"], "unchanged") for index, one in enumerate(asked)]
    return import_of(shop, asked, items, datetime.now(UTC), {})


@dataclass(frozen=True, slots=True)
class Case:
    """A call: how its work is made, how many times the PostgreSQL floor it may cost, and whether it is of one thing."""

    title: str
    make: Callable[[Shop], Work]
    aim: float
    single: bool = False


CASES = {
    "orders": Case("50 orders × 3 lines", orders, 1.5),
    "jobs": Case("100 jobs advanced", jobs, 1.4),
    "skus-new": Case("500 SKUs, all new", skus_new, 1.5),
    "skus-changed": Case("500 SKUs, 10 % changed", skus_changed, 1.6),
    "skus-unchanged": Case("500 SKUs, unchanged", skus_unchanged, 1.5),
    "one-order": Case("one order × 3 lines", one_order, 2.5, single=True),
    "one-job": Case("one job advanced", one_job, 2.5, single=True),
}
