"""Taking 10,000 items in, beside the raw statements that write the same rows."""

import argparse
import gc
import random
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import orjson
from django.db import connection

from benchmarks.callers import PATHS, Caller
from benchmarks.rounds import make_floor
from benchmarks.shop import Shop, Work, blocks
from printshop.api.tables import columns_of
from printshop.bulk.binding import binder
from printshop.bulk.columns import field_of, quoted
from printshop.bulk.deferred.acceptance import Request, chunk_row, cuts_of, item_columns, operation_row
from printshop.bulk.models import BulkChunk, BulkItem, BulkOperation
from printshop.bulk.writer import in_common, insert_sql, parameters

ITEMS = 10_000


def skus(batch: int, count: int = ITEMS) -> list[dict[str, Any]]:
    """New SKUs, as an integrator sends them."""
    return [
        {"id": f"queued-{batch}-{number:05d}", "name": f"Bracket {number}", "basePrice": 12.5, "material": "PLA"}
        for number in range(count)
    ]


def request_of(shop: Shop, payloads: list[dict[str, Any]], **more: Any) -> Request:
    from catalog.services.imports import IMPORT

    actor, at = shop.key.actor(), datetime.now(UTC)
    return Request(IMPORT.name, payloads, actor, at, rows_of=IMPORT.rows_of, **more)


def as_json(model: Any, rows: list[Any]) -> tuple[str, Any]:
    columns = columns_of(rows)
    common = in_common(columns)
    return insert_sql(connection.vendor, model, tuple(columns), (), common), parameters(model, columns, common)


def told(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: values for name, values in columns.items() if any(value is not None for value in values)}


def copied(value: Any) -> str:
    """A value as COPY takes it."""
    if value is None:
        return r"\N"
    written = value if isinstance(value, str) else orjson.dumps(value).decode().strip('"')
    return written.replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t")


def as_copy(model: Any, columns: dict[str, Any]) -> tuple[str, Any]:
    rows = "".join("\t".join(map(copied, row)) + "\n" for row in zip(*columns.values(), strict=True))
    return f'COPY "{model._meta.db_table}" ({quoted(columns)}) FROM STDIN', rows.encode()


def as_blocks(model: Any, columns: dict[str, Any]) -> tuple[str, Any]:
    values = [binder(field_of(model, name))(column) for name, column in columns.items()]
    sql = f'INSERT INTO "{model._meta.db_table}" ({quoted(columns)}) VALUES '
    return sql, blocks(list(zip(*values, strict=True)))


class Floor:
    """The same rows over a raw connection, ready: COPY or, on SQLite, blocks where there are many; JSON elsewhere.

    What stands around every call (key, limit, lock, stored answer) is that of the floor of calls.
    """

    def __init__(self) -> None:
        self.floor = make_floor()

    def ready(self, shop: Shop, request: Request) -> Work:
        cuts = cuts_of(request)
        chunks = [chunk_row(request, number, one) for number, one in enumerate(cuts)]
        chunk_of = {index: row["id"] for row, one in zip(chunks, cuts, strict=True) for index in one.indexes}
        items = told(item_columns(request, range(len(request.payloads)), chunk_of))
        around = shop.bookkeeping(request.name, request.at, [], {})
        statements = [as_json(BulkOperation, [operation_row(request, True)]), as_json(BulkChunk, chunks)]
        if connection.vendor == "postgresql":
            statements.append(as_copy(BulkItem, items))
        else:
            statements.append(as_blocks(BulkItem, items))
        return Work("accepted", b"", around["idempotency_key"], around | {"statements": statements})

    def run(self, work: Work) -> None:
        self.floor.run(work)


def timed(act: Any, *args: Any) -> float:
    gc.collect()
    start = perf_counter()
    act(*args)
    return perf_counter() - start


def measure(shop: Shop, options: argparse.Namespace) -> tuple[list[float], list[float], str]:
    """Seconds of ours (the whole request) and of the floor, interleaved; and the uuid of an operation that waits."""
    caller, floor, draw = Caller(shop, PATHS), Floor(), random.Random(options.seed)
    caller.environ["HTTP_PREFER"] = "respond-async"
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    answer = b""
    for number in range(options.warmup // 4 + options.rounds):
        for name in draw.sample(sorted(times), 2):
            payloads = skus(next(shop.serial))
            body = orjson.dumps({"skus": payloads, "errorPolicy": "partial"})
            work = Work("skus", body, f"accept-{next(shop.serial)}", {})
            if name == "ours":
                gc.collect()
                start = perf_counter()
                answer = caller.run(work)
                seconds = perf_counter() - start
            else:
                seconds = timed(floor.run, floor.ready(shop, request_of(shop, payloads)))
            if number >= options.warmup // 4:
                times[name].append(seconds)
    return times["ours"], times["floor"], orjson.loads(answer)["id"]
