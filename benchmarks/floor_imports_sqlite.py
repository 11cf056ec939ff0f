"""The floor of a file import on SQLite: as on PostgreSQL, with `executemany` over a reader of CSV in place of COPY.

SQLite has no patterns: texts are judged by GLOB, and what holds nothing but digits is a number.
"""

import csv
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.floor_sqlite import connect
from benchmarks.shop import Row

TABLES = """
CREATE TEMPORARY TABLE floor_file (place INTEGER PRIMARY KEY, id text, name text, machine_type text, material text,
    minutes text, grams text, price text);
CREATE TABLE floor_staged (number integer, reference text, verdict text, seen text, before text, after text,
    errors text, payload text, name text, machine_type text, material text, minutes integer, grams real, price integer);
CREATE TABLE floor_spans (verdict text, size integer, rows text)
"""
READ = "INSERT INTO floor_file (id, name, machine_type, material, minutes, grams, price) VALUES (?, ?, ?, ?, ?, ?, ?)"
# A merge patch drops what is null (RFC 7396).
CHECK = """
INSERT INTO floor_staged
WITH typed AS MATERIALIZED (
    SELECT f.place + 1 AS number, f.*, coalesce(twice.first, f.place + 1) AS first, s.updated_at AS seen,
        s.name AS was_name, s.machine_type AS was_machine_type, s.material AS was_material,
        s.estimated_print_time AS was_time, s.estimated_material_grams AS was_weight, s.base_price AS was_cents,
        f.id GLOB '[A-Za-z0-9]*' AND f.id NOT GLOB '*[^A-Za-z0-9._-]*' AND length(f.id) <= 64 AS good_id,
        length(f.name) <= 255 AND trim(f.name) <> '' AND f.name NOT GLOB char(42, 91, 1, 45, 31, 93, 42) AS good_name,
        f.machine_type IN ('fdm_large', 'fdm_standard', 'resin', 'laser') AS good_machine_type,
        CASE WHEN f.minutes GLOB '[-0-9]*' AND substr(f.minutes, 2) NOT GLOB '*[^0-9]*'
            THEN CAST(f.minutes AS integer) END AS time,
        CASE WHEN f.grams GLOB '[0-9]*' AND replace(f.grams, '.', '') NOT GLOB '*[^0-9]*' AND f.grams NOT GLOB '*.*.*'
            THEN CAST(f.grams AS real) END AS weight,
        CASE WHEN f.price GLOB '[0-9]*' AND replace(f.price, '.', '') NOT GLOB '*[^0-9]*'
            AND f.price NOT GLOB '*.*.*' AND f.price NOT GLOB '*.???*'
            THEN CAST(round(f.price * 100) AS integer) END AS cents
    FROM floor_file AS f
    LEFT JOIN (SELECT id, min(place) + 1 AS first FROM floor_file GROUP BY id HAVING count(*) > 1) AS twice
        ON twice.id = f.id
    LEFT JOIN catalog_sku AS s ON s.id = f.id
), judged AS (
    SELECT *, good_id AND good_name AND good_machine_type AND length(material) <= 64
        AND coalesce(time BETWEEN 0 AND 1000000 AND weight BETWEEN 0 AND 1000000, 0) AND cents IS NOT NULL
        AND first = number AS good FROM typed
)
SELECT number, id, CASE WHEN NOT good THEN 'refused' WHEN seen IS NULL THEN 'created' ELSE 'updated' END, seen,
    CASE WHEN good AND seen IS NOT NULL THEN json_patch('{}', json_object(
        'name', CASE WHEN name <> was_name THEN was_name END,
        'machineType', CASE WHEN machine_type <> was_machine_type THEN was_machine_type END,
        'material', CASE WHEN material <> was_material THEN was_material END,
        'estimatedPrintTime', CASE WHEN time <> was_time THEN was_time END,
        'estimatedMaterialGrams', CASE WHEN weight <> was_weight THEN was_weight END,
        'basePrice', CASE WHEN cents <> was_cents THEN was_cents / 100.0 END)) END,
    CASE WHEN good THEN json_patch('{}', json_object(
        'name', CASE WHEN name IS NOT was_name THEN name END,
        'machineType', CASE WHEN machine_type IS NOT was_machine_type THEN machine_type END,
        'material', CASE WHEN material IS NOT was_material THEN material END,
        'estimatedPrintTime', CASE WHEN time IS NOT was_time THEN time END,
        'estimatedMaterialGrams', CASE WHEN weight IS NOT was_weight THEN weight END,
        'basePrice', CASE WHEN cents IS NOT was_cents THEN cents / 100.0 END)) END,
    CASE WHEN NOT good THEN (SELECT json_group_array(json(fault)) FROM (
        SELECT CASE WHEN NOT good_id THEN json_object('path', 'id', 'code', 'NOT_AN_ID', 'message', 'id must start with'
            || ' a letter or digit and hold at most 64 letters, digits, dots, dashes and underscores.', 'value', id)
            END AS fault
        UNION ALL SELECT CASE WHEN NOT good_machine_type THEN json_object('path', 'machineType', 'code', 'NOT_A_CHOICE',
            'message', 'machineType must be one of fdm_large, fdm_standard, resin or laser.', 'value', machine_type) END
        UNION ALL SELECT CASE WHEN time < 0 THEN json_object('path', 'estimatedPrintTime', 'code', 'OUT_OF_RANGE',
            'message', 'estimatedPrintTime must be at least 0.', 'value', time)
            WHEN NOT coalesce(time <= 1000000, 0) THEN json_object('path', 'estimatedPrintTime', 'code',
            'NOT_AN_INTEGER', 'message', 'estimatedPrintTime must be a whole number.', 'value', minutes) END
        UNION ALL SELECT CASE WHEN NOT coalesce(weight BETWEEN 0 AND 1000000, 0) THEN json_object('path',
            'estimatedMaterialGrams', 'code', 'NOT_A_NUMBER', 'message', 'estimatedMaterialGrams must be a number.',
            'value', grams) END
        UNION ALL SELECT CASE WHEN cents IS NULL THEN json_object('path', 'basePrice', 'code', 'MONEY_TYPE', 'message',
            'basePrice must be a number.', 'value', price) END
        UNION ALL SELECT CASE WHEN NOT good_name THEN json_object('path', 'name', 'code', 'BLANK', 'message',
            'name must not be blank.', 'value', name) END
        UNION ALL SELECT CASE WHEN first < number THEN json_object('path', 'id', 'code', 'DUPLICATE_ID', 'message',
            'SKU ' || id || ' stands in this file twice, in row ' || first || ' and row ' || number || '.', 'value',
            id) END
        ) WHERE fault IS NOT NULL) END,
    CASE WHEN NOT good THEN json_object('row', number, 'sku', json_object('id', id, 'name', name, 'machineType',
        machine_type, 'material', material, 'estimatedPrintTime', coalesce(time, minutes), 'estimatedMaterialGrams',
        coalesce(weight, grams), 'basePrice', coalesce(cents / 100.0, price))) END,
    name, machine_type, material, time, weight, cents
FROM judged
WHERE NOT good OR (name, machine_type, material, time, weight, cents)
    IS NOT (was_name, was_machine_type, was_material, was_time, was_weight, was_cents)
"""
SPANS = """
INSERT INTO floor_spans
SELECT 'unchanged', count(*), json_group_array(json_array(f.place + 1, f.id, s.updated_at))
FROM floor_file AS f JOIN catalog_sku AS s ON s.id = f.id
WHERE f.place + 1 NOT IN (SELECT number FROM floor_staged) GROUP BY f.place / 4000
"""
COUNTS = """
UPDATE catalog_upload SET state = 'checked', checked_from = :now, counts = (
    SELECT json_group_object(verdict, rows) FROM (
        SELECT verdict, count(*) AS rows FROM floor_staged GROUP BY verdict
        UNION ALL
        SELECT 'unchanged', coalesce(sum(size), 0) FROM floor_spans
    ) WHERE rows > 0)
WHERE id = :upload
"""
CHANGED_SINCE = """
SELECT s.id FROM catalog_sku AS s JOIN (
    SELECT reference AS id, seen FROM floor_staged WHERE verdict <> 'refused'
    UNION ALL SELECT each.value ->> 1, each.value ->> 2 FROM floor_spans, json_each(rows) AS each
) AS f ON f.id = s.id
WHERE s.updated_at > :since AND s.updated_at IS NOT f.seen LIMIT 1
"""
ITEMS = """
INSERT INTO bulk_bulkitem (operation_id, "index", reference, verdict, before, after, errors, payload)
SELECT :operation, number - 2, reference, verdict, before, after, errors, payload FROM floor_staged ORDER BY number
"""
NEW = """
INSERT INTO catalog_sku (id, name, kind, description, machine_type, material, estimated_print_time,
    estimated_material_grams, base_price, currency, quality_tiers, options, active, created_at, updated_at)
SELECT reference, name, 'print', '', machine_type, material, minutes, grams, price, 'USD', '{}', '[]', 1, :now, :now
FROM floor_staged WHERE verdict = 'created' ORDER BY reference
"""
CHANGED = """
UPDATE catalog_sku SET name = r.name, machine_type = r.machine_type, material = r.material,
    estimated_print_time = r.minutes, estimated_material_grams = r.grams, base_price = r.price, updated_at = :now
FROM floor_staged AS r WHERE catalog_sku.id = r.reference AND r.verdict = 'updated'
"""
OPERATION = """
INSERT INTO bulk_bulkoperation (uuid, name, account_id, user_id, actor, role, policy, terms, total, counts, failed,
    state, created_at, finished_at, dialect, topic)
SELECT :operation, 'skus.import', :account_id, :user_id, 'benchmark', 'admin', 'partial', '{"mode": "upsert"}',
    (SELECT sum(value) FROM json_each(counts)), counts, coalesce(counts ->> '$.refused', 0),
    CASE WHEN counts ->> '$.refused' > 0 THEN 'finished_with_failures' ELSE 'finished' END, :now, :now, 'upload', name
FROM catalog_upload WHERE id = :upload
"""
APPLIED = """
UPDATE catalog_upload SET state = 'applied', policy = 'partial', operation_id = :operation WHERE id = :upload
"""
FORGET = "DELETE FROM floor_file; DELETE FROM floor_staged; DELETE FROM floor_spans"


def values_of(ready: Row) -> Row:
    """Times and uuids in the form in which Django keeps them."""
    at = datetime.fromisoformat(ready["at"]).replace(tzinfo=None)
    upload, operation = (ready[name].replace("-", "") for name in ("upload_id", "operation_id"))
    return {**ready, "now": str(at), "since": str(at - timedelta(minutes=15)), "upload": upload, "operation": operation}


class Floor:
    """One raw connection."""

    def __init__(self) -> None:
        self.connection: sqlite3.Connection = connect("default")
        self.connection.executescript(TABLES)

    def run(self, path: Path, ready: Row) -> None:
        """Import a file; `ready` names the upload, the operation, who asks and when."""
        values, ask = values_of(ready), self.connection.execute
        ask("BEGIN IMMEDIATE")
        with path.open(newline="") as file:
            rows = csv.reader(file)
            next(rows)
            self.connection.executemany(READ, rows)
        ask(CHECK)
        ask(SPANS)
        ask(COUNTS, values)
        ask("COMMIT")
        ask("BEGIN IMMEDIATE")
        if ask(CHANGED_SINCE, values).fetchone():
            raise RuntimeError("the catalogue has changed")
        for statement in (ITEMS, NEW, CHANGED, OPERATION, APPLIED):
            ask(statement, values)
        ask("COMMIT")
        self.connection.executescript(FORGET)
