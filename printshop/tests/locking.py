"""What a migration may not do to a table that is in use: judged by the SQL it sends to PostgreSQL.

The old release runs on while a migration is applied, and the tables may be large. So nothing may rewrite or scan a
table under a lock, and nothing may be taken away from, or newly demanded of, code that is still running.
"""

import re
from collections.abc import Iterator, Sequence

CREATED = re.compile(r'CREATE TABLE "(\w+)"')
TABLE = re.compile(r'(?:ALTER TABLE|DROP TABLE|ON|UPDATE|DELETE FROM) "(\w+)"')
CANNOT_SEE = "THIS OPERATION CANNOT BE WRITTEN AS SQL"
# What is found in a statement on a table that was there before, and what to do instead.
FAULTS = {
    r"^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)": "locks out writers while it is built: AddIndexOnline",
    r"^DROP INDEX (?!CONCURRENTLY)": "waits with a lock: RemoveIndexConcurrently",
    r"ADD COLUMN (?!.* DEFAULT ).* NOT NULL": "the old release inserts rows without it: db_default, or null=True",
    r"ADD COLUMN .* UNIQUE": "builds an index under a lock: add the column, then the constraint",
    r"ALTER COLUMN \"\w+\" DROP DEFAULT": "the old release inserts rows without it: db_default",
    r"ALTER COLUMN \"\w+\" TYPE": "rewrites the table: add a column, fill it, then read it",
    r"ALTER COLUMN \"\w+\" SET NOT NULL": "scans the table under a lock: AddConstraintOnline",
    r"ADD CONSTRAINT (?!.* NOT VALID)": "scans the table under a lock: AddConstraintOnline, then CheckConstraintOnline",
    r"DROP COLUMN|^DROP TABLE": "the old release still reads it: a release later",
    r"RENAME": "the old release knows the old name only: add, fill, drop a release later",
    r"^(UPDATE|DELETE) ": "holds row locks for as long as it takes: in pieces, in a command",
}


def statements_of(text: str) -> list[str]:
    """The statements of what sqlmigrate prints, comments left out except that something is missing."""
    lines = [line for line in text.splitlines() if not line.startswith("--") or CANNOT_SEE in line]
    return [line.strip() for line in lines if line.strip() not in {"BEGIN;", "COMMIT;", ""}]


def faults_of(statements: Sequence[str]) -> Iterator[str]:
    """Each fault of a migration with its remedy."""
    new: set[str] = set()
    for statement in statements:
        new |= {*CREATED.findall(statement)}
        if CANNOT_SEE in statement:
            yield "runs Python, which nobody can judge: say in ALLOWED how long it holds which lock"
        if new.issuperset(TABLE.findall(statement)) and not statement.startswith("DROP INDEX"):
            continue
        yield from (f"{remedy} ({statement})" for what, remedy in FAULTS.items() if re.search(what, statement))
