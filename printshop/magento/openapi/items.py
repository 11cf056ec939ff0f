"""Items as schemas: the shop's shapes under the dialect's names, wrapped as the dialect wraps them."""

from typing import Any

from drf_spectacular.plumbing import ComponentRegistry
from pydantic.alias_generators import to_camel, to_snake

from printshop.api.openapi.schemas import REF, Schema, Untitled, keep, tidied
from printshop.api.reading import adapter
from printshop.magento.calls import Call, Change
from printshop.magento.fields import ATTRIBUTES, Fields

PARAM = {"type": ["string", "integer"], "minLength": 1}
PASSWORD = {"type": "string", "minLength": 1, "maxLength": 1024, "format": "password", "writeOnly": True}
ATTRIBUTE_LIST = {
    "type": "array",
    "description": "Fields by their names, as attributes.",
    "items": {
        "type": "object",
        "properties": {"attribute_code": {"type": "string"}, "value": {}},
        "required": ["attribute_code", "value"],
    },
}


def opened(registry: ComponentRegistry, shape: Any) -> Schema:
    """The schema of a shape itself, what it is made of being among the components."""
    whole = adapter(shape).json_schema(ref_template=REF, schema_generator=Untitled)
    for name, schema in whole.pop("$defs", {}).items():
        keep(registry, "schemas", name, tidied({key: value for key, value in schema.items() if key != "title"}))
    tidy: Schema = tidied(whole)
    return tidy


def fields_of(registry: ComponentRegistry, change: Change) -> Schema:
    """The fields of an item under the dialect's names, those apart that are parameters of the route."""
    fields = change.fields
    if change.operation.item_is_id:
        return opened(registry, change.operation.terms)
    schema = opened(registry, change.shape or change.operation.item)
    filled = {param.field for param in fields.params.values()} | fields.outside
    names = {shops: dialects for dialects, shops in reversed(list(fields.names.items()))}
    properties = {
        names.get(name, spelt(fields, name)): property_of(fields, names.get(name, name), name, one)
        for name, one in schema["properties"].items()
        if name not in filled
    }
    needed = {*map(to_camel, schema.get("required", ())), *fields.required} - filled
    properties |= {ATTRIBUTES: ATTRIBUTE_LIST} if fields.attributes else {}
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(names.get(name, spelt(fields, name)) for name in needed),
    }


def spelt(fields: Fields, name: str) -> str:
    """A name as the examples spell it: both ways are understood."""
    return to_snake(name) if fields.wrapper else name


def property_of(fields: Fields, name: str, known: str, schema: Schema) -> Schema:
    """A field; one whose values have words of the dialect's own takes these."""
    if name in fields.words:
        return {"enum": list(fields.words[name])}
    if known in fields.within:
        return {"type": "array", "items": {"type": "object", "additionalProperties": True}}
    return schema


def body_schema(registry: ComponentRegistry, change: Change, *, in_bulk: bool) -> Schema:
    """An item: of the bulk form with the route's parameters in it, else without."""
    inner: Schema = fields_of(registry, change) if has_fields(change) else {"properties": {}}
    wrapper = change.fields.wrapper if not change.fields.bare else ""
    properties = {wrapper: inner} if wrapper else dict(inner["properties"])
    required = [wrapper] if wrapper else [name for name in inner.get("required", ()) if name not in optional(change)]
    properties |= dict.fromkeys(change.fields.outside, PASSWORD)
    if in_bulk:
        properties = dict.fromkeys(change.fields.params, PARAM) | properties
        required = [*change.fields.params, *required]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def has_fields(change: Change) -> bool:
    """Whether an item says anything beside what it names."""
    return change.shows is not None


def optional(change: Change) -> set[str]:
    """Terms that the dialect fills in where nothing is said."""
    return set(change.terms_of({})) if change.operation.item_is_id else set()


def name_of(call: Call) -> str:
    """`createProduct`, of "Create a product"."""
    return to_camel("_".join(word for word in call.summary.lower().split() if word not in {"a", "an", "the", "of"}))
