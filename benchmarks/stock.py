"""A shop with a past: any number of shipped orders, made by the database itself.

Each order has two lines, each line a job, each job three moves behind it, and fifty orders came in one operation, whose
items are kept; and there are as many SKUs as are asked for.
Ten million orders and a million SKUs take PostgreSQL some twenty minutes, and some 30 GB.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, LiteralString

from django.db import connection

from benchmarks.shop import OPTIONS, TIERS, Shop, text

SERIES = {
    "postgresql": "generate_series(1, {count}) AS n(i)",
    "sqlite": "(WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM m WHERE i < {count}) SELECT * FROM m) n",
}
UUIDS = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
# Of an operation: made from a number, so that its items find it.
NUMBERED = {
    "postgresql": "('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid",
    "sqlite": "('00000000000070008000' || printf('%012x', {number}))",
}
# One a second, back from now.
TIMES = {
    "postgresql": "'{at}+00'::timestamptz - i * interval '1 second'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', '{at}', '-' || i || ' seconds')",
}
ORDERS = """
INSERT INTO orders_order (uuid, account_id, customer_id, type, status, external_id, subtotal, shipping, tax, total,
    currency, notes, return_url, carrier, tracking_number, digital, created_at, updated_at)
SELECT {uuid}, {account}, 'cust-' || substr('00' || (1 + i % 20), -3), 'sale', 'shipped', '', 2500, 0, 0, 2500, 'USD',
    '', '', '', '', {false}, {time}, {time}
FROM {series}
"""
LINES = """
INSERT INTO orders_lineitem (order_id, sku_id, kind, name, quantity, options, unit_price, total)
SELECT o.id, '{sku}', 'print', 'A cube', 1, '{{}}', 1250, 1250
FROM orders_order AS o CROSS JOIN (SELECT 1 UNION ALL SELECT 2) AS two
WHERE NOT EXISTS (SELECT 1 FROM orders_lineitem AS l WHERE l.order_id = o.id)
"""
JOBS = """
INSERT INTO jobs_job (order_id, line_item_id, sku_id, quantity, status, priority, reason, created_at, updated_at)
SELECT l.order_id, l.id, l.sku_id, 1, 'SHIPPED', 0, '', o.created_at, o.updated_at
FROM orders_lineitem AS l JOIN orders_order AS o ON o.id = l.order_id
WHERE o.status = 'shipped' AND NOT EXISTS (SELECT 1 FROM jobs_job AS j WHERE j.line_item_id = l.id)
"""
MOVES = """
INSERT INTO jobs_jobmove (job_id, source, target, at, actor, reason)
SELECT j.id, moved.source, moved.target, j.created_at, 'stock', ''
FROM jobs_job AS j CROSS JOIN (SELECT 'PRINTING' AS source, 'POST_PROCESS' AS target
    UNION ALL SELECT 'POST_PROCESS', 'READY' UNION ALL SELECT 'READY', 'SHIPPED') AS moved
WHERE j.status = 'SHIPPED' AND NOT EXISTS (SELECT 1 FROM jobs_jobmove AS m WHERE m.job_id = j.id)
"""
OPERATIONS = """
INSERT INTO bulk_bulkoperation (uuid, name, account_id, actor, role, policy, terms, total, counts, failed, created_at,
    finished_at)
SELECT {numbered}, 'orders.create', {account}, 'stock', 'admin', 'atomic', '{{}}', 50, '{{"created": 50}}', 0,
    o.created_at, o.created_at
FROM orders_order AS o
WHERE o.id % 50 = 0 AND NOT EXISTS (SELECT 1 FROM bulk_bulkoperation AS b WHERE b.uuid = {numbered})
"""
ITEMS = """
INSERT INTO bulk_bulkitem (operation_id, "index", reference, verdict, after)
SELECT b.uuid, o.id % 50, 'ord-' || o.id, 'created', '{{"status": "pending_payment", "total": 25.0}}'
FROM orders_order AS o JOIN bulk_bulkoperation AS b ON b.uuid = {numbered}
WHERE NOT EXISTS (SELECT 1 FROM bulk_bulkitem AS i WHERE i.operation_id = b.uuid AND i."index" = o.id % 50)
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index AS i
WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""
SKUS = """
INSERT INTO catalog_sku (id, name, kind, description, machine_type, material, estimated_print_time,
    estimated_material_grams, base_price, currency, quality_tiers, options, active, created_at, updated_at)
SELECT 'stock-' || i, 'Bracket ' || i, 'print', 'Printed in one piece.', 'fdm_standard', 'PLA', 45, 12.5, 1000, 'USD',
    '{tiers}', '{options}', {true}, {time}, {time}
FROM {series} WHERE NOT EXISTS (SELECT 1 FROM catalog_sku AS s WHERE s.id = 'stock-' || i)
"""


@contextmanager
def at_leisure(cursor: Any, table: str) -> Iterator[None]:
    """As PostgreSQL fills a table soonest.

    What the rows refer to is not looked up forty million times: it is there. Indexes that no constraint needs are made
    anew when all rows are, and joins have the memory that they take.
    """
    if connection.vendor != "postgresql":
        yield
        return
    settings = {"session_replication_role": "replica", "work_mem": "1GB", "maintenance_work_mem": "1GB"}
    for name, value in settings.items():
        cursor.execute(f"SET {name} = '{value}'")
    cursor.execute(INDEXES, [table])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    cursor.execute(f"ANALYZE {table}")
    for name in settings:
        cursor.execute(f"RESET {name}")


def run(sql: LiteralString, shop: Shop, count: int) -> None:
    vendor = connection.vendor
    at = str(datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    words = {"postgresql": ("true", "false"), "sqlite": ("1", "0")}[vendor]
    parts = {
        "series": SERIES[vendor].format(count=count),
        "uuid": UUIDS[vendor],
        "numbered": NUMBERED[vendor].format(number="o.id / 50"),
        "time": TIMES[vendor].format(at=at),
        "account": shop.account.pk,
        "sku": shop.offered[0],
        "tiers": text(TIERS),
        "options": text(OPTIONS),
        "true": words[0],
        "false": words[1],
    }
    [table] = re.findall(r"INSERT INTO (\w+)", sql)
    with connection.cursor() as cursor, at_leisure(cursor, table):
        cursor.execute(sql.format(**parts))


def fill(shop: Shop, orders: int, skus: int) -> None:
    """That many more orders with all that belongs to them, and as many SKUs."""
    run(ORDERS, shop, orders)
    for sql in (LINES, JOBS, MOVES, OPERATIONS, ITEMS):
        run(sql, shop, orders)
    run(SKUS, shop, skus)
    # Triggers saw nothing of that.
    from printshop.api.tallies import recount

    recount()
    settle()


def settle() -> None:
    """Statistics as a shop at work has them."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
