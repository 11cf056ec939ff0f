"""`field__fixed={…}`: membership in a few words of our own that stand in the statement itself.

A partial index ("open chunks", "unfinished operations") is used only where the statement says what the index says.
SQLite does not see that of parameters, and would read the whole history; neither does a generic plan of PostgreSQL.
"""

import re
from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup
from django.db.models.sql.compiler import SQLCompiler

WORD = re.compile(r"[A-Za-z_]+")


def quoted(words: Collection[str]) -> str:
    """The words as SQL, sorted as in the condition of the index. Raises ValueError for what cannot be ours."""
    if not all(WORD.fullmatch(word) for word in words):
        raise ValueError(f"Not fixed words: {words}")
    return ", ".join(f"'{word}'" for word in sorted(words))


class Fixed(Lookup):
    """For constants of the code alone, never for what somebody sent."""

    lookup_name = "fixed"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} IN ({quoted(self.rhs)})", tuple(params)


CharField.register_lookup(Fixed)
