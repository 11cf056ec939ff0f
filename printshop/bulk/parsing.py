"""Bulk bodies as tables: a column for each field, no object for each item, and documents written alike read once.

What comes of an item is what the strict parser would have made of it. A body that is no table, or has anything about it
that two readers might see differently, is left to that one, and so is wording what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import IO, Annotated, Any

import msgspec
import orjson
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import astuple

from printshop.api.shapes import written_fields
from printshop.api.sharing import each_once
from printshop.api.strict_json import StrictJSONParser, loads
from printshop.api.tables import Table
from printshop.bulk.deferred.native import prefers_later
from printshop.bulk.engine import Operation
from printshop.bulk.native import Envelope

# Of what is beyond the strict parser makes a float.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Scalar = str | Integer | float | bool | None
Decoder = msgspec.json.Decoder[Any]


class NoTable(ValueError):
    """A body that is to be read in full."""


def decoder(operation: Operation, item: Any) -> Decoder:
    """What reads the operation's bodies: an item as it is, all beside the items as text."""
    text = msgspec.Raw | UnsetType
    beside = [(name, text, UNSET) for name in (*written_fields(operation.terms), *written_fields(Envelope))]
    fields = [(operation.field_name, list[item], []), *beside]
    return msgspec.json.Decoder(msgspec.defstruct("Body", fields, forbid_unknown_fields=True, gc=False))


class TableReader:
    """Reads the bodies of one operation whose items all name the same fields: mostly those of the last body."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.any = decoder(operation, dict[str, msgspec.Raw])
        self.decoder_of = lru_cache(maxsize=100)(self.make_decoder)
        self.usual: tuple[str, ...] = ()

    def make_decoder(self, names: tuple[str, ...]) -> Decoder:
        """What reads items that name these fields and no other: documents as text."""
        if not names or not set(names) <= written_fields(self.operation.item).keys():
            raise NoTable
        kinds = [(name, msgspec.Raw if name in self.operation.documents else Scalar) for name in names]
        return decoder(self.operation, msgspec.defstruct("Item", kinds, forbid_unknown_fields=True, gc=False))

    def names_in(self, body: bytes) -> tuple[str, ...]:
        """The fields that the first item names."""
        items = getattr(self.any.decode(body), self.operation.field_name)
        return tuple(items[0]) if items else ()

    def decode(self, body: bytes) -> Any:
        """Raises `msgspec.MsgspecError` and `NoTable`."""
        try:
            return self.decoder_of(self.usual).decode(body)
        except (msgspec.ValidationError, NoTable):
            names = self.names_in(body)
            if names == self.usual:
                raise
            self.usual = names
            return self.decoder_of(names).decode(body)

    def table_of(self, items: Sequence[Any]) -> Table:
        if not items:
            raise NoTable
        values = zip(*map(astuple, items), strict=True)
        columns: dict[str, Sequence[Any]] = dict(zip(items[0].__struct_fields__, values, strict=True))
        for name in self.operation.documents & columns.keys():
            columns[name] = documents(columns[name])
        return Table(columns)

    def read(self, body: bytes) -> Mapping[str, Any] | None:
        """A body with a `Table` for its items. None for one that is to be read in full."""
        # The escape of a character that no text may hold.
        if b"\\u0000" in body:
            return None
        field_name = self.operation.field_name
        try:
            sent = self.decode(body)
            table = self.table_of(getattr(sent, field_name))
            texts = {name: getattr(sent, name) for name in sent.__struct_fields__ if name != field_name}
            beside = {name: orjson.loads(bytes(text)) for name, text in texts.items() if text is not UNSET}
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        return {**beside, field_name: table}


def documents(texts: Sequence[msgspec.Raw]) -> Sequence[Any]:
    """Documents as read, those written alike once."""
    return each_once(orjson.loads, list(map(bytes, texts)))


class TableParser(StrictJSONParser):
    """`application/json` with the items of one operation. Work for the queue is kept item by item, and so read."""

    reader: TableReader

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read()
        if prefers_later(parser_context["request"]._request):
            return loads(body)
        return self.reader.read(body) or loads(body)


def parser_for(operation: Operation) -> type[TableParser]:
    """The parser of the address at which the operation is called."""
    return type("TableParser", (TableParser,), {"reader": TableReader(operation)})
