"""The document as the tests read it: operations, examples, and a strict judge of answers."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import orjson

from printshop.openapi import document

# The only objects that may hold fields the document does not name.
OPEN = {"ErrorDetails", "Effect"}


@functools.cache
def whole() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(document())
    return found


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """A component behind its reference."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    component: dict[str, Any] = whole()["components"][kind][name]
    return component


@dataclass(frozen=True)
class Documented:
    """One operation of the document."""

    path: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_v3(self) -> bool:
        return self.path.startswith("/api/v3/")

    @property
    def key_header(self) -> str:
        """The header that carries the key, by the operation's security scheme."""
        [[scheme]] = self.operation["security"]
        header: str = whole()["components"]["securitySchemes"][scheme]["name"]
        return header

    @property
    def operation(self) -> dict[str, Any]:
        found: dict[str, Any] = whole()["paths"][self.path][self.method.lower()]
        return found

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [resolved(parameter) for parameter in self.operation.get("parameters", [])]

    @property
    def address(self) -> str:
        """The path with the examples of its parameters."""
        examples = {one["name"]: one["example"] for one in self.parameters if one["in"] == "path"}
        return self.path.format(**examples)

    @property
    def request(self) -> dict[str, Any] | None:
        body = self.operation.get("requestBody")
        return body and body["content"]["application/json"]

    def response(self, status: int) -> dict[str, Any]:
        return resolved(self.operation["responses"][str(status)])

    def media(self, status: int) -> str:
        """The one media type of an answer."""
        [media] = self.response(status)["content"]
        return str(media)

    def answer(self, status: int) -> dict[str, Any]:
        """Schema and examples of an answer."""
        found: dict[str, Any] = self.response(status)["content"][self.media(status)]
        return found

    def schema(self, status: int) -> dict[str, Any]:
        schema: dict[str, Any] = self.answer(status)["schema"]
        return schema


def operations() -> list[Documented]:
    return [Documented(path, method.upper()) for path, methods in whole()["paths"].items() for method in methods]


def keyed() -> list[Documented]:
    """What needs a key, in every dialect."""
    return [one for one in operations() if one.path.startswith("/api/")]


def native() -> list[Documented]:
    return [one for one in keyed() if not one.is_v3]


def v3() -> list[Documented]:
    return [one for one in keyed() if one.is_v3]


def takes_key(one: Documented) -> bool:
    """Whether the call can be repeated under an Idempotency-Key."""
    return any(parameter["name"] == "Idempotency-Key" for parameter in one.parameters)


def can_wait(one: Documented) -> bool:
    """Whether the call can be queued with `Prefer`."""
    return any(parameter["name"] == "Prefer" for parameter in one.parameters)


def examples_in(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, example["value"]) for name, example in content.get("examples", {}).items())


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    return (
        schema
        if "additionalProperties" in schema or "properties" not in schema
        else {**schema, "additionalProperties": False}
    )


@functools.cache
def strict_components() -> dict[str, Any]:
    """The components, objects being allowed no field that they do not name."""
    schemas = whole()["components"]["schemas"]
    return {"schemas": {name: schema if name in OPEN else closed(schema) for name, schema in schemas.items()}}


def assert_fits(value: Any, schema: dict[str, Any]) -> None:
    """The value is one of the schema, down to the last field."""
    judge = jsonschema.Draft202012Validator(
        {**closed(schema), "components": strict_components()}, format_checker=jsonschema.FormatChecker()
    )
    assert [f"{fault.json_path}: {fault.message}" for fault in judge.iter_errors(value)] == []
