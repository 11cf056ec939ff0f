"""The floor of a selection on PostgreSQL: a whole queued operation on jobs carried out by one statement, not in chunks.

It reads, locks, moves and records every row that the worker does: jobs, their history, their orders, the items with
their images and reasons, the chunks and the operation.
"""

from typing import Any

from django.db import connection, transaction

CARRIED_OUT = """
WITH chosen AS MATERIALIZED (
    SELECT i.id AS item, i.index, i.chunk_id, j.id, j.order_id, j.status, j.status = %(source)s AS moves,
        'job-' || lpad(j.id::text, greatest(3, length(j.id::text)), '0') AS reference
    FROM bulk_bulkitem AS i JOIN jobs_job AS j ON j.id = substr(i.payload #>> '{}', 5)::bigint
    WHERE i.operation_id = %(operation_id)s AND i.verdict = 'open'
), standing AS MATERIALIZED (
    SELECT id, status FROM orders_order WHERE id IN (SELECT order_id FROM chosen) ORDER BY id FOR NO KEY UPDATE
), moved AS (
    UPDATE jobs_job AS j SET status = %(target)s, reason = '', updated_at = %(at)s
    FROM chosen AS c WHERE j.id = c.id AND c.moves
), history AS (
    INSERT INTO jobs_jobmove (job_id, source, target, at, actor, reason, operation_id)
    SELECT id, status, %(target)s, %(at)s, %(actor)s, '', %(operation_id)s FROM chosen WHERE moves ORDER BY id
), followed AS (
    SELECT c.order_id, min(c.index) AS index, min(s.status) AS status
    FROM chosen AS c JOIN standing AS s ON s.id = c.order_id
    WHERE c.moves AND s.status <> %(order_status)s GROUP BY c.order_id
), rolled_up AS (
    UPDATE orders_order AS o SET status = %(order_status)s, updated_at = %(at)s
    FROM followed AS f WHERE o.id = f.order_id
), recorded AS (
    UPDATE bulk_bulkitem AS i SET reference = c.reference,
        verdict = CASE WHEN c.moves THEN 'updated' WHEN c.status = %(target)s THEN 'unchanged' ELSE 'refused' END,
        before = CASE WHEN c.moves THEN jsonb_build_object('status', c.status) END,
        after = CASE WHEN c.moves THEN jsonb_build_object('status', %(target)s::text) END,
        effects = CASE WHEN f.order_id IS NOT NULL THEN jsonb_build_array(jsonb_build_object('kind', 'order_status',
            'id', 'ord-' || lpad(f.order_id::text, greatest(3, length(f.order_id::text)), '0'),
            'from', f.status, 'to', %(order_status)s::text)) END,
        errors = CASE WHEN NOT c.moves AND c.status <> %(target)s THEN jsonb_build_array(jsonb_build_object(
            'code', 'ILLEGAL_TRANSITION', 'path', 'jobIds.' || c.index, 'value', c.reference,
            'message', 'A ' || c.status || ' job cannot become ' || %(target)s || '.')) END
    FROM chosen AS c LEFT JOIN followed AS f ON f.order_id = c.order_id AND f.index = c.index
    WHERE i.id = c.item
    RETURNING i.chunk_id, i.verdict
), counted AS (
    SELECT chunk_id, verdict, count(*) AS count FROM recorded GROUP BY chunk_id, verdict
), ended AS (
    UPDATE bulk_bulkchunk AS b SET state = 'done', claimed_at = now(), ended_at = now(), worker = %(actor)s,
        counts = (SELECT jsonb_object_agg(verdict, count) FROM counted WHERE chunk_id = b.id)
    WHERE b.operation_id = %(operation_id)s
)
UPDATE bulk_bulkoperation SET state = 'finished_with_failures', started_at = now(), finished_at = now(),
    failed = (SELECT count(*) FROM recorded WHERE verdict = 'refused'),
    counts = (SELECT jsonb_object_agg(verdict, of_all)
        FROM (SELECT verdict, sum(count) AS of_all FROM counted GROUP BY verdict) AS of_verdicts)
WHERE uuid = %(operation_id)s
"""


def carry_out(operation: Any, source: str, order_status: str, at: Any) -> None:
    """Move the jobs of a queued `jobs.advance` that stand at `source`; their orders become `order_status`."""
    known = {"operation_id": operation.pk, "actor": operation.actor, "source": source, "order_status": order_status}
    with transaction.atomic(), connection.cursor() as cursor:
        # Nobody waits for it; and of what a WITH gives the planner knows no numbers, and takes few rows for granted.
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL enable_nestloop = off")
        cursor.execute(CARRIED_OUT, {**known, "target": operation.terms["targetStatus"], "at": at})
