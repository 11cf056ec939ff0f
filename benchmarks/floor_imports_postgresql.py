"""The floor of a file import on PostgreSQL: COPY into a staging table, a set-based check, and set-based writes.

One raw connection reads the file that ours reads. As ours does, it keeps what every row would do in logged tables and
commits, as a preview waits for its confirmation: rows that change nothing in arrays of many, all others by themselves.
Then it looks whether the catalogue is still as it was, records an operation with an item for each row that changes
something or is refused, and writes SKUs. It knows the columns of the benchmark's file and no others, and one mode.
"""

from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import Connection

from benchmarks.shop import Row

TABLES = """
CREATE TEMPORARY TABLE floor_file (number integer GENERATED ALWAYS AS IDENTITY (START 2), id text, name text,
    machine_type text, material text, minutes text, grams text, price text);
CREATE TABLE floor_staged (number integer, reference text, verdict text, seen timestamptz, before jsonb, after jsonb,
    errors jsonb, payload jsonb, name text, machine_type text, material text, minutes integer, grams float8,
    price bigint);
CREATE TABLE floor_spans (verdict text, numbers integer[], ids text[], seen timestamptz[])
"""
READ = "COPY floor_file (id, name, machine_type, material, minutes, grams, price) FROM STDIN (FORMAT csv, HEADER)"
# `OFFSET 0` keeps what is found of a row from being worked out anew for each use.
CHECK = """
INSERT INTO floor_staged
SELECT number, id, CASE WHEN NOT good THEN 'refused' WHEN seen IS NULL THEN 'created' ELSE 'updated' END, seen,
    CASE WHEN good AND seen IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
        'name', CASE WHEN name <> was_name THEN was_name END,
        'machineType', CASE WHEN machine_type <> was_machine_type THEN was_machine_type END,
        'material', CASE WHEN material <> was_material THEN was_material END,
        'estimatedPrintTime', CASE WHEN time <> was_time THEN was_time END,
        'estimatedMaterialGrams', CASE WHEN weight <> was_weight THEN was_weight END,
        'basePrice', CASE WHEN cents <> was_cents THEN was_cents / 100.0 END)) END,
    CASE WHEN good THEN jsonb_strip_nulls(jsonb_build_object(
        'name', CASE WHEN name IS DISTINCT FROM was_name THEN name END,
        'machineType', CASE WHEN machine_type IS DISTINCT FROM was_machine_type THEN machine_type END,
        'material', CASE WHEN material IS DISTINCT FROM was_material THEN material END,
        'estimatedPrintTime', CASE WHEN time IS DISTINCT FROM was_time THEN time END,
        'estimatedMaterialGrams', CASE WHEN weight IS DISTINCT FROM was_weight THEN weight END,
        'basePrice', CASE WHEN cents IS DISTINCT FROM was_cents THEN cents / 100.0 END)) END,
    CASE WHEN NOT good THEN to_jsonb(array_remove(ARRAY[
        CASE WHEN NOT good_id THEN jsonb_build_object('path', 'id', 'code', 'NOT_AN_ID', 'message', 'id must start with'
            ' a letter or digit and hold at most 64 letters, digits, dots, dashes and underscores.', 'value', id) END,
        CASE WHEN NOT good_machine_type THEN jsonb_build_object('path', 'machineType', 'code', 'NOT_A_CHOICE',
            'message', 'machineType must be one of fdm_large, fdm_standard, resin or laser.', 'value', machine_type)
            END,
        CASE WHEN time < 0 THEN jsonb_build_object('path', 'estimatedPrintTime', 'code', 'OUT_OF_RANGE',
            'message', 'estimatedPrintTime must be at least 0.', 'value', time)
            WHEN NOT coalesce(time <= 1000000, false) THEN jsonb_build_object('path', 'estimatedPrintTime', 'code',
            'NOT_AN_INTEGER', 'message', 'estimatedPrintTime must be a whole number.', 'value', minutes) END,
        CASE WHEN NOT coalesce(weight BETWEEN 0 AND 1000000, false) THEN jsonb_build_object('path',
            'estimatedMaterialGrams', 'code', 'NOT_A_NUMBER', 'message', 'estimatedMaterialGrams must be a number.',
            'value', grams) END,
        CASE WHEN cents IS NULL THEN jsonb_build_object('path', 'basePrice', 'code', 'MONEY_TYPE', 'message',
            'basePrice must be a number.', 'value', price) END,
        CASE WHEN NOT good_name THEN jsonb_build_object('path', 'name', 'code', 'BLANK', 'message',
            'name must not be blank.', 'value', name) END,
        CASE WHEN first < number THEN jsonb_build_object('path', 'id', 'code', 'DUPLICATE_ID', 'message', 'SKU ' || id
            || ' stands in this file twice, in row ' || first || ' and row ' || number || '.', 'value', id) END
        ], NULL)) END,
    CASE WHEN NOT good THEN jsonb_build_object('row', number, 'sku', jsonb_build_object('id', id, 'name', name,
        'machineType', machine_type, 'material', material, 'estimatedPrintTime', coalesce(to_jsonb(time),
        to_jsonb(minutes)), 'estimatedMaterialGrams', coalesce(to_jsonb(weight), to_jsonb(grams)), 'basePrice',
        coalesce(to_jsonb(cents / 100.0), to_jsonb(price)))) END,
    name, machine_type, material, time, weight, cents
FROM (
    SELECT *, good_id AND good_name AND good_machine_type AND length(material) <= 64
        AND coalesce(time BETWEEN 0 AND 1000000 AND weight BETWEEN 0 AND 1000000, false) AND cents IS NOT NULL
        AND first = number AS good
    FROM (
        SELECT f.*, coalesce(twice.first, f.number) AS first, s.updated_at AS seen, s.name AS was_name,
            s.machine_type AS was_machine_type, s.material AS was_material, s.estimated_print_time AS was_time,
            s.estimated_material_grams AS was_weight, s.base_price AS was_cents,
            f.id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' AS good_id,
            length(f.name) <= 255 AND f.name ~ '[^[:space:]]' AND f.name !~ '[[:cntrl:]]' AS good_name,
            f.machine_type IN ('fdm_large', 'fdm_standard', 'resin', 'laser') AS good_machine_type,
            CASE WHEN f.minutes ~ '^-?[0-9]{1,9}$' THEN f.minutes::integer END AS time,
            CASE WHEN f.grams ~ '^[0-9]{1,9}([.][0-9]{1,9})?$' THEN f.grams::float8 END AS weight,
            CASE WHEN f.price ~ '^[0-9]{1,12}([.][0-9]{1,2})?$' THEN (f.price::numeric * 100)::bigint END AS cents
        FROM floor_file AS f
        LEFT JOIN (SELECT id, min(number) AS first FROM floor_file GROUP BY id HAVING count(*) > 1) AS twice
            ON twice.id = f.id
        LEFT JOIN catalog_sku AS s ON s.id = f.id
        OFFSET 0
    ) AS seen
    OFFSET 0
) AS judged
WHERE NOT good OR (name, machine_type, material, time, weight, cents)
    IS DISTINCT FROM (was_name, was_machine_type, was_material, was_time, was_weight, was_cents)
"""
SPANS = """
INSERT INTO floor_spans
SELECT 'unchanged', array_agg(f.number), array_agg(f.id), array_agg(s.updated_at)
FROM floor_file AS f JOIN catalog_sku AS s ON s.id = f.id
WHERE NOT EXISTS (SELECT FROM floor_staged AS r WHERE r.number = f.number) GROUP BY f.number / 4000
"""
COUNTS = """
WITH told AS (SELECT verdict, count(*) AS rows FROM floor_staged GROUP BY verdict),
    unchanged AS (SELECT coalesce(sum(cardinality(numbers)), 0) AS rows FROM floor_spans)
UPDATE catalog_upload SET state = 'checked', checked_from = %(at)s, counts = told_all.found FROM (
    SELECT jsonb_object_agg(verdict, rows) AS found FROM (
        SELECT * FROM told UNION ALL SELECT 'unchanged', rows FROM unchanged WHERE rows > 0) AS every
) AS told_all WHERE id = %(upload_id)s
"""
LOCK = "SELECT pg_advisory_xact_lock(7301978)"
CHANGED_SINCE = """
SELECT s.id FROM catalog_sku AS s JOIN (
    SELECT reference AS id, seen FROM floor_staged WHERE verdict <> 'refused'
    UNION ALL SELECT each.id, each.seen FROM floor_spans, unnest(ids, floor_spans.seen) AS each(id, seen)
) AS f ON f.id = s.id
WHERE s.updated_at > %(at)s::timestamptz - interval '15 minutes' AND s.updated_at IS DISTINCT FROM f.seen LIMIT 1
"""
ITEMS = """
INSERT INTO bulk_bulkitem (operation_id, index, reference, verdict, before, after, errors, payload)
SELECT %(operation_id)s, number - 2, reference, verdict, before, after, errors, payload
FROM floor_staged ORDER BY number
"""
NEW = """
INSERT INTO catalog_sku (id, name, kind, description, machine_type, material, estimated_print_time,
    estimated_material_grams, base_price, currency, quality_tiers, options, active, created_at, updated_at)
SELECT reference, name, 'print', '', machine_type, material, minutes, grams, price, 'USD', '{}', '[]', true, %(at)s,
    %(at)s FROM floor_staged WHERE verdict = 'created' ORDER BY reference
"""
CHANGED = """
UPDATE catalog_sku AS s SET name = r.name, machine_type = r.machine_type, material = r.material,
    estimated_print_time = r.minutes, estimated_material_grams = r.grams, base_price = r.price, updated_at = %(at)s
FROM floor_staged AS r WHERE s.id = r.reference AND r.verdict = 'updated'
"""
OPERATION = """
INSERT INTO bulk_bulkoperation (uuid, name, account_id, user_id, actor, role, policy, terms, total, counts, failed,
    state, created_at, finished_at, dialect, topic)
SELECT %(operation_id)s, 'skus.import', %(account_id)s, %(user_id)s, 'benchmark', 'admin', 'partial',
    '{"mode": "upsert"}', (SELECT sum(value::integer) FROM jsonb_each_text(counts)), counts,
    coalesce((counts ->> 'refused')::integer, 0),
    CASE WHEN counts ? 'refused' THEN 'finished_with_failures' ELSE 'finished' END, %(at)s, %(at)s, 'upload', name
FROM catalog_upload WHERE id = %(upload_id)s
"""
APPLIED = """
UPDATE catalog_upload SET state = 'applied', policy = 'partial', operation_id = %(operation_id)s
WHERE id = %(upload_id)s
"""


class Floor:
    """One raw connection with the server's own settings."""

    def __init__(self) -> None:
        database = settings.DATABASES["default"]
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {name: database[key] for name, key in names.items() if database.get(key)}
        self.connection: Connection = psycopg.connect(**given, autocommit=True)
        self.connection.execute(TABLES)

    def run(self, path: Path, ready: Row) -> None:
        """Import a file; `ready` names the upload, the operation, who asks and when."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            with path.open("rb") as file, cursor.copy(READ) as copying:
                for block in iter(lambda: file.read(1 << 16), b""):
                    copying.write(block)
            cursor.execute(CHECK)
            cursor.execute(SPANS)
            cursor.execute(COUNTS, ready)
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(ITEMS, ready)
            cursor.execute(LOCK)
            if cursor.execute(CHANGED_SINCE, ready).fetchone():
                raise RuntimeError("the catalogue has changed")
            for statement in (NEW, CHANGED, OPERATION, APPLIED):
                cursor.execute(statement, ready)
        self.connection.execute("TRUNCATE floor_file, floor_staged, floor_spans RESTART IDENTITY")
