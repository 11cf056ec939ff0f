"""The floor on SQLite: as on PostgreSQL, less the locks that one writer does not need; counters in their own file."""

import sqlite3
from datetime import datetime, timedelta
from time import time

from django.conf import settings

from benchmarks.shop import Blocks, Row, Work

KEY = "SELECT * FROM api_apikey WHERE prefix = :prefix AND NOT revoked"
LIMIT = """
INSERT INTO rate_limit_counters AS c (key, value, expires) VALUES (:limit_key, 1, :expires)
ON CONFLICT (key) DO UPDATE SET value = c.value + 1
RETURNING value
"""
IDEMPOTENCY_RECORD = """
SELECT * FROM api_idempotencyrecord WHERE account_id = :account_id AND key = :idempotency_key AND created_at > :since
"""
OPERATION = """
INSERT INTO bulk_bulkoperation
    (uuid, name, account_id, key_id, actor, policy, terms, total, counts, failed, created_at,
    finished_at, role)
VALUES (:operation, :name, :account_id, :key_id, :actor, 'atomic', :terms, :total, :counts, 0, :now, :now, 'admin')
"""
# Values of many rows in one statement: quicker than out of JSON, and than row by row.
ITEMS = 'INSERT INTO bulk_bulkitem (operation_id, "index", reference, verdict{images}) VALUES '
ANSWER = """
INSERT INTO api_idempotencyrecord (account_id, key, fingerprint, status, headers, body, created_at)
VALUES (:account_id, :idempotency_key, :fingerprint, :status, :headers, :body, :now)
ON CONFLICT (account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
    headers = excluded.headers, body = excluded.body, created_at = excluded.created_at
"""

CUSTOMERS = "SELECT id FROM orders_customer WHERE id IN (SELECT value FROM json_each(:customer_ids))"
OFFERS = """
SELECT id, name, kind, base_price, currency, quality_tiers, options, active FROM catalog_sku
WHERE id IN (SELECT value FROM json_each(:sku_ids))
"""
ORDERS = """
INSERT INTO orders_order (uuid, account_id, customer_id, type, status, external_id, subtotal, shipping, tax, total,
    currency, shipping_address, notes, return_url, carrier, tracking_number, digital, created_at, updated_at)
SELECT replace(value ->> '$.uuid', '-', ''), value ->> '$.account_id', value ->> '$.customer_id', value ->> '$.type',
    value ->> '$.status', value ->> '$.external_id', value ->> '$.subtotal', value ->> '$.shipping', value ->> '$.tax',
    value ->> '$.total', value ->> '$.currency', value -> '$.shipping_address', value ->> '$.notes',
    value ->> '$.return_url', value ->> '$.carrier', value ->> '$.tracking_number', value ->> '$.digital', :now, :now
FROM json_each(:orders) WHERE true
RETURNING id, uuid
"""
LINES = """
INSERT INTO orders_lineitem (order_id, sku_id, kind, name, quantity, options, unit_price, total)
SELECT o.id, value ->> '$.sku_id', value ->> '$.kind', value ->> '$.name', value ->> '$.quantity', value -> '$.options',
    value ->> '$.unit_price', value ->> '$.total'
FROM json_each(:lines) JOIN orders_order AS o ON o.uuid = replace(value ->> '$.uuid', '-', '')
"""
ORDER_ITEMS = """
INSERT INTO bulk_bulkitem (operation_id, "index", reference, verdict, after)
SELECT :operation, value ->> '$.index', 'ord-' || o.id, value ->> '$.verdict', value -> '$.after'
FROM json_each(:items) JOIN orders_order AS o ON o.uuid = replace(value ->> '$.uuid', '-', '')
"""

LOOK_ORDERS = """
SELECT id, status, digital FROM orders_order
WHERE id IN (SELECT order_id FROM jobs_job WHERE id IN (SELECT value FROM json_each(:job_ids))) ORDER BY id
"""
LOOK_JOBS = """
SELECT id, order_id, status, quantity, priority, sku_id, line_item_id FROM jobs_job
WHERE order_id IN (SELECT value FROM json_each(:order_ids)) ORDER BY id
"""
MOVE_JOBS = """
UPDATE jobs_job SET status = 'PRINTING', reason = '', updated_at = :now
WHERE id IN (SELECT value FROM json_each(:job_ids))
"""
MOVES = """
INSERT INTO jobs_jobmove (job_id, source, target, at, actor, reason, operation_id)
SELECT value, 'QUEUED', 'PRINTING', :now, :actor, '', :operation FROM json_each(:job_ids)
"""
MOVE_ORDERS = """
UPDATE orders_order SET status = 'printing', updated_at = :now WHERE id IN (SELECT value FROM json_each(:order_ids))
"""

LOOK_SKUS = """
SELECT id, name, kind, description, machine_type, material, estimated_print_time, estimated_material_grams, base_price,
    currency, quality_tiers, options, active
FROM catalog_sku WHERE id IN (SELECT value FROM json_each(:sku_ids)) ORDER BY id
"""
NEW_SKUS = """
INSERT INTO catalog_sku (id, name, kind, description, machine_type, material, estimated_print_time,
    estimated_material_grams, base_price, currency, quality_tiers, options, active, created_at, updated_at)
VALUES """
CHANGED_SKUS = """
UPDATE catalog_sku SET base_price = r.value ->> '$.base_price', updated_at = :now
FROM json_each(:changed) AS r WHERE catalog_sku.id = r.value ->> '$.id'
"""


def connect(alias: str) -> sqlite3.Connection:
    """A raw connection to one of the shop's files, with the pragmas that the shop sets."""
    database = settings.DATABASES[alias]
    connection = sqlite3.connect(database["NAME"], isolation_level=None, timeout=20, cached_statements=256)
    connection.executescript(database["OPTIONS"]["init_command"])
    return connection


def values_of(work: Work) -> Row:
    """The ready values, times and uuids in the form in which Django keeps them."""
    at = datetime.fromisoformat(work.ready["at"]).replace(tzinfo=None)
    own = {"now": str(at), "since": str(at - timedelta(hours=24)), "expires": int(time()) + 65}
    return {**work.ready, **own, "operation": work.ready["operation_id"].replace("-", "")}


class Floor:
    """One raw connection to each file; statements stay compiled."""

    def __init__(self) -> None:
        self.connection, self.counters = connect("default"), connect("counters")

    def run(self, work: Work) -> None:
        ready = values_of(work)
        ask = self.connection.execute
        ask(KEY, ready).fetchall()
        self.counters.execute(LIMIT, ready).fetchall()
        ask("BEGIN IMMEDIATE")
        ask(IDEMPOTENCY_RECORD, ready).fetchall()
        getattr(self, work.noun)(ready)
        ask(ANSWER, ready)
        ask("COMMIT")

    def orders(self, ready: Row) -> None:
        for statement in (CUSTOMERS, OFFERS, ORDERS, LINES, OPERATION, ORDER_ITEMS):
            self.connection.execute(statement, ready).fetchall()

    def bring(self, sql: str, rows: Blocks) -> None:
        self.connection.executemany(sql + rows.marks, rows.values)

    def items(self, ready: Row) -> None:
        self.bring(ITEMS.format(images="".join(f", {name}" for name in ready["images"])), ready["items_bound"])

    def jobs(self, ready: Row) -> None:
        for statement in (LOOK_ORDERS, LOOK_JOBS, MOVE_JOBS, MOVES, MOVE_ORDERS, OPERATION):
            self.connection.execute(statement, ready).fetchall()
        self.items(ready)

    def skus(self, ready: Row) -> None:
        self.connection.execute(LOOK_SKUS, ready).fetchall()
        if "new" in ready:
            self.bring(NEW_SKUS, ready["new"])
        if "changed" in ready:
            self.connection.execute(CHANGED_SKUS, ready)
        self.connection.execute(OPERATION, ready)
        self.items(ready)

    def accepted(self, ready: Row) -> None:
        for sql, rows in ready["statements"]:
            if isinstance(rows, Blocks):
                self.bring(sql, rows)
            else:
                self.connection.execute(sql.replace("%s", "?"), rows)
