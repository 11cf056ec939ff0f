"""Bulk bodies as tables: a column for each field, no object for each item, and documents written alike read once.

What comes of an item is what the strict parser would have made of it. A body that is no table, or has anything about it
that two readers might see differently, is left to that one, and so is wording what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import IO, Any

import msgspec
import orjson
from msgspec import UNSET, UnsetType

from printshop.api.shapes import written_fields
from printshop.api.sharing import each_once
from printshop.api.strict_json import StrictJSONParser, loads
from printshop.api.tables import Table
from printshop.bulk.deferred.native import prefers_later
from printshop.bulk.engine import Operation
from printshop.bulk.native import Envelope

Scalar = str | int | float | bool | None
# What is beyond is a float to the strict parser.
LEAST, MOST = -(2**63), 2**64 - 1
Fields = Sequence[tuple[str, Any, Any]]


def struct(name: str, fields: Fields) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True, gc=False)


def decoder(operation: Operation) -> msgspec.json.Decoder[Any]:
    """What reads the operation's bodies: fields of items as they are, documents and all else as text."""
    text = msgspec.Raw | UnsetType
    kinds = {
        name: text if name in operation.documents else Scalar | UnsetType for name in written_fields(operation.item)
    }
    item = struct("Item", [(name, kind, UNSET) for name, kind in kinds.items()])
    beside = [(name, text, UNSET) for name in (*written_fields(operation.terms), *written_fields(Envelope))]
    return msgspec.json.Decoder(struct("Body", [(operation.field_name, list[item], []), *beside]))  # type: ignore[valid-type]


def is_beyond(values: Sequence[Any]) -> bool:
    """Whether an integer is smaller or larger than what the strict parser takes for one."""
    integers = [value for value in values if type(value) is int]
    return min(integers) < LEAST or max(integers) > MOST


def table_of(items: Sequence[Any]) -> Table | None:
    """None for items that differ in the fields they name, or with a number that others read differently."""
    if not items:
        return None
    names = items[0].__struct_fields__
    columns: dict[str, Sequence[Any]] = {}
    for name, values in zip(names, zip(*map(attrgetter(*names), items), strict=True), strict=True):
        kinds = set(map(type, values))
        if kinds == {UnsetType}:
            continue
        if UnsetType in kinds or (int in kinds and is_beyond(values)):
            return None
        columns[name] = each_once(orjson.loads, list(map(bytes, values))) if msgspec.Raw in kinds else values
    return Table(columns) if columns else None


def parse_table(reader: msgspec.json.Decoder[Any], field_name: str, body: bytes) -> Mapping[str, Any] | None:
    """A body with a `Table` for its items. None for one that is to be read in full."""
    # The escape of a character that no text may hold.
    if b"\\u0000" in body:
        return None
    try:
        sent = reader.decode(body)
        table = table_of(getattr(sent, field_name))
        texts = {name: getattr(sent, name) for name in sent.__struct_fields__ if name != field_name}
        beside = {name: orjson.loads(bytes(text)) for name, text in texts.items() if text is not UNSET}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return None if table is None else {**beside, field_name: table}


class TableParser(StrictJSONParser):
    """`application/json` with the items of one operation. Work for the queue is kept item by item, and so read."""

    operation: Operation
    decoder: msgspec.json.Decoder[Any]

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read()
        if prefers_later(parser_context["request"]._request):
            return loads(body)
        return parse_table(self.decoder, self.operation.field_name, body) or loads(body)


def parser_for(operation: Operation) -> type[TableParser]:
    """The parser of the address at which the operation is called."""
    return type("TableParser", (TableParser,), {"operation": operation, "decoder": decoder(operation)})
