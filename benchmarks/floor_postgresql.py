"""The floor on PostgreSQL: what the database itself needs for the rows that ours reads and writes.

Hand-written, prepared statements over one raw connection, values ready before the clock starts. The same rows are read,
locked and written in the same order and with the same commits: the counter's own, then the one of everything else.
"""

import psycopg
from django.conf import settings
from psycopg import Connection, Cursor
from psycopg.types.string import TextLoader

from benchmarks.shop import Arrays, Row, Work

KEY = "SELECT * FROM api_apikey WHERE prefix = %(prefix)s AND NOT revoked"
LIMIT = """
INSERT INTO rate_limit_counters AS c (key, value, expires)
VALUES (%(limit_key)s, 1, extract(epoch FROM clock_timestamp())::bigint + 65)
ON CONFLICT (key) DO UPDATE SET value = c.value + 1
RETURNING value
"""
IDEMPOTENCY_LOCK = "SELECT pg_try_advisory_xact_lock(%(lock)s)"
# A statement of its own: one snapshot with the lock would be older than the lock.
IDEMPOTENCY_RECORD = """
SELECT * FROM api_idempotencyrecord
WHERE account_id = %(account_id)s AND key = %(idempotency_key)s
    AND created_at > %(at)s::timestamptz - interval '24 hours'
"""
CATALOGUE_SHARED = "SELECT pg_advisory_xact_lock_shared(7301977)"
IMPORTS_SHARED = "SELECT pg_advisory_xact_lock_shared(7301978)"
OPERATION = """
INSERT INTO bulk_bulkoperation
    (uuid, name, account_id, key_id, actor, policy, terms, total, counts, failed, created_at,
    finished_at, role)
VALUES (%(operation_id)s, %(name)s, %(account_id)s, %(key_id)s, %(actor)s, 'atomic', %(terms)s::jsonb, %(total)s,
    %(counts)s::jsonb, 0, %(at)s, %(at)s, 'admin')
"""
ANSWER = """
INSERT INTO api_idempotencyrecord (account_id, key, fingerprint, status, headers, body, created_at)
VALUES (%(account_id)s, %(idempotency_key)s, %(fingerprint)s, %(status)s, %(headers)s::jsonb, %(body)s, %(at)s)
ON CONFLICT (account_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
    headers = excluded.headers, body = excluded.body, created_at = excluded.created_at
"""

CUSTOMERS = "SELECT id FROM orders_customer WHERE id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(customer_ids)s)))"
OFFERS = """
SELECT id, name, kind, base_price, currency, quality_tiers, options, active FROM catalog_sku
WHERE id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(sku_ids)s)))
"""
ORDERS = """
WITH made AS (
    INSERT INTO orders_order ({orders.columns}) {orders.select}
    RETURNING id, uuid
), lines AS (
    INSERT INTO orders_lineitem (order_id, sku_id, kind, name, quantity, options, unit_price, total)
    SELECT made.id, r.sku_id, r.kind, r.name, r.quantity, r.options, r.unit_price, r.total
    FROM ({lines.select}) AS r ({lines.columns})
    JOIN made USING (uuid)
)
SELECT id, uuid FROM made
"""
ORDER_ITEMS = """
INSERT INTO bulk_bulkitem (operation_id, index, reference, verdict, after)
SELECT r.operation_id, r.index, 'ord-' || o.id, r.verdict, r.after
FROM ({items.select}) AS r ({items.columns})
JOIN orders_order AS o USING (uuid)
"""

LOCK_ORDERS = """
SELECT id, status, digital FROM orders_order
WHERE id IN (SELECT order_id FROM jobs_job WHERE id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(job_ids)s)::bigint)))
ORDER BY id FOR NO KEY UPDATE
"""
LOCK_JOBS = """
SELECT id, order_id, status, quantity, priority, sku_id, line_item_id FROM jobs_job
WHERE order_id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(order_ids)s)::bigint))
ORDER BY id FOR NO KEY UPDATE
"""
MOVE_JOBS = """
WITH moved AS (
    UPDATE jobs_job SET status = 'PRINTING', reason = '', updated_at = %(at)s
    WHERE id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(job_ids)s)::bigint))
    RETURNING id
)
INSERT INTO jobs_jobmove (job_id, source, target, at, actor, reason, operation_id)
SELECT id, 'QUEUED', 'PRINTING', %(at)s, %(actor)s, '', %(operation_id)s FROM moved ORDER BY id
"""
MOVE_ORDERS = """
UPDATE orders_order SET status = 'printing', updated_at = %(at)s
WHERE id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(order_ids)s)::bigint))
"""

LOCK_SKUS = """
SELECT id, name, kind, description, machine_type, material, estimated_print_time, estimated_material_grams, base_price,
    currency, quality_tiers, options, active
FROM catalog_sku WHERE id = ANY(ARRAY(SELECT jsonb_array_elements_text(%(sku_ids)s))) ORDER BY id FOR NO KEY UPDATE
"""
CHANGED_SKUS = """
UPDATE catalog_sku AS t SET base_price = r.base_price, updated_at = %(at)s
FROM jsonb_to_recordset(%(changed)s) AS r (id varchar, base_price bigint) WHERE t.id = r.id
"""


def insert(cursor: Cursor, table: str, rows: Arrays) -> None:
    """All of the rows in one statement, which needs one turn where COPY takes two."""
    cursor.execute(f"INSERT INTO {table} ({rows.columns}) {rows.select}".encode(), rows.values)


class Floor:
    """One raw connection with the server's own settings; everything is prepared at its first use."""

    def __init__(self) -> None:
        database = settings.DATABASES["default"]
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {name: database[key] for name, key in names.items() if database.get(key)}
        self.connection: Connection = psycopg.connect(**given, autocommit=True, prepare_threshold=0)
        # Documents are read, but nobody here needs to look into them.
        self.connection.adapters.register_loader("jsonb", TextLoader)

    def run(self, work: Work) -> None:
        ready = work.ready
        cursor = self.connection.cursor()
        for statement in (KEY, LIMIT):
            cursor.execute(statement, ready).fetchall()
        with self.connection.transaction():
            cursor.execute(IDEMPOTENCY_LOCK, ready).fetchall()
            cursor.execute(IDEMPOTENCY_RECORD, ready).fetchall()
            getattr(self, work.noun)(cursor, ready)
            cursor.execute(ANSWER, ready)

    def orders(self, cursor: Cursor, ready: Row) -> None:
        orders, lines, items = ready["orders_arrays"], ready["lines_arrays"], ready["items_arrays"]
        for statement in (CATALOGUE_SHARED, CUSTOMERS, OFFERS):
            cursor.execute(statement, ready).fetchall()
        cursor.execute(ORDERS.format(orders=orders, lines=lines).encode(), orders.values | lines.values).fetchall()
        cursor.execute(OPERATION, ready)
        cursor.execute(ORDER_ITEMS.format(items=items).encode(), items.values)

    def jobs(self, cursor: Cursor, ready: Row) -> None:
        for statement in (LOCK_ORDERS, LOCK_JOBS):
            cursor.execute(statement, ready).fetchall()
        # The moves name the operation; its foreign key is checked at the commit.
        for statement in (MOVE_JOBS, MOVE_ORDERS, OPERATION):
            cursor.execute(statement, ready)
        insert(cursor, "bulk_bulkitem", ready["items_arrays"])

    def skus(self, cursor: Cursor, ready: Row) -> None:
        for statement in (IMPORTS_SHARED, LOCK_SKUS):
            cursor.execute(statement, ready).fetchall()
        if "new" in ready:
            insert(cursor, "catalog_sku", ready["new_arrays"])
        if "changed" in ready:
            cursor.execute(CHANGED_SKUS, ready)
        cursor.execute(OPERATION, ready)
        insert(cursor, "bulk_bulkitem", ready["items_arrays"])

    def accepted(self, cursor: Cursor, ready: Row) -> None:
        for sql, rows in ready["statements"]:
            if isinstance(rows, bytes):
                # The quickest way in for very many rows that need nothing from the database.
                with cursor.copy(sql) as copying:
                    copying.write(rows)
            else:
                cursor.execute(sql, rows)

    def close(self) -> None:
        self.connection.close()
