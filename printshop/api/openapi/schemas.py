"""Shapes as components of the OpenAPI document: what reads a request describes it, too."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.drainage import warn
from drf_spectacular.plumbing import ComponentIdentity, ComponentRegistry, ResolvedComponent
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict

from printshop.api.reading import adapter

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
INTEGER_OR_NUMBER = [{"type": "integer"}, {"type": "number"}]


class Untitled(GenerateJsonSchema):
    """Property names say enough: no title for each."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def tidied(schema: Any) -> Any:
    """A schema in the words of JSON Schema alone: pydantic leaves `ge` and its kin as they are on unions and dates."""
    if not isinstance(schema, dict):
        return schema
    tidy: Schema = {}
    key: str
    for key, value in schema.items():
        if key in BOUNDS and isinstance(value, str):
            continue
        if key == "anyOf" and value == INTEGER_OR_NUMBER:
            tidy["type"] = "number"
        elif key in ("anyOf", "prefixItems"):
            tidy[key] = [tidied(one) for one in value]
        elif key == "properties":
            tidy[key] = {name: tidied(one) for name, one in value.items()}
        else:
            tidy[BOUNDS.get(key, key)] = tidied(value) if key in ("items", "additionalProperties") else value
    return tidy


def keep(registry: ComponentRegistry, kind: str, name: str, schema: Schema) -> dict[str, str]:
    """Put a component under its name, once; the reference to it."""
    component = ResolvedComponent(name, kind, schema, ComponentIdentity(name))
    if component in registry and registry[component].schema != schema:
        warn(f"Two different {kind} are called {name}.")
    registry.register_on_missing(component)
    ref: dict[str, str] = component.ref
    return ref


def refer(registry: ComponentRegistry, shape: Any) -> Schema:
    """The schema of a shape: a reference where it has a name, with everything it is made of among the components."""
    whole = adapter(shape).json_schema(ref_template=REF, schema_generator=Untitled)
    for name, schema in whole.pop("$defs", {}).items():
        keep(registry, "schemas", name, tidied({key: value for key, value in schema.items() if key != "title"}))
    whole.pop("title", None)
    if hasattr(shape, "__required_keys__"):
        return keep(registry, "schemas", shape.__name__, tidied(whole))
    tidy: Schema = tidied(whole)
    return tidy


def shape_called(name: str, meaning: str, fields: Mapping[str, Any], config: Any = None) -> Any:
    """A shape put together from fields, under a name and a description of its own."""
    shape = TypedDict(name, dict(fields))  # type: ignore[misc] # noqa: UP013
    shape.__doc__ = meaning
    if config is not None:
        shape.__pydantic_config__ = config  # type: ignore[attr-defined]
    return shape
