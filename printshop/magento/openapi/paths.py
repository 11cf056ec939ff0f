"""The dialect in the reference, made of its table: each route in its forms, and the following of bulks."""

from collections.abc import Iterator, Mapping
from typing import Any

import uritemplate
from drf_spectacular.plumbing import ComponentRegistry

from printshop.api.actors import EVERYBODY, Role
from printshop.api.openapi.inspector import REPEATABLE
from printshop.api.openapi.schemas import Schema, keep, refer
from printshop.api.openapi.shared import IDEMPOTENCY_KEY, content, error_answers, headers, query
from printshop.magento import search
from printshop.magento.calls import Call, Change, Look
from printshop.magento.following import SEARCHED
from printshop.magento.openapi.bulks import BULKS, UUID, Following
from printshop.magento.openapi.items import body_schema, name_of
from printshop.magento.openapi.noes import ASYNC
from printshop.magento.queueing import AsyncAccepted, data_hash
from printshop.magento.routes import ROUTES, Route
from printshop.magento.searched import CONDITIONS

TAG = "Async bulk"
STORE = {
    "default": "all",
    "description": "A store's code, or `all` for the values that hold in every store without its own.",
}
# The same addresses, whatever the prefix: what the store means for a call, its description says.
SERVERS = [
    {"url": "/rest", "description": "No store named"},
    {"url": "/rest/{store}", "description": "A store", "variables": {"store": STORE}},
    {"url": "/", "description": "No store named"},
    {"url": "/{store}", "description": "A store", "variables": {"store": STORE}},
]
LATER = "Taken in now, carried out later; follow it at `/V1/bulk/{uuid}/status`."
CRITERIA = "searchCriteria"


class Reference:
    """The paths of the dialect and the components that they refer to."""

    def __init__(self) -> None:
        self.registry = ComponentRegistry()
        self.errors = error_answers(self.registry, ASYNC)
        self.paths: dict[str, Schema] = {}

    # --- Parts -------------------------------------------------------------------------------------------------------
    def add(self, path: str, method: str, operation: Schema) -> None:
        self.paths.setdefault(path, {})[method.lower()] = operation | {"servers": SERVERS}

    def repeatable(self, method: str) -> list[Schema]:
        return [keep(self.registry, "parameters", "Idempotency-Key", IDEMPOTENCY_KEY)] if method == "POST" else []

    def responses(self, method: str, roles: frozenset[Role], good: Mapping[int, Schema], takes_body: bool) -> Schema:
        """The success, and every no that the call can be answered with."""
        statuses = {*ASYNC.always, 404} | ({403} if roles != EVERYBODY else set())
        statuses |= REPEATABLE if method == "POST" else set()
        statuses |= {400, 413, 415} if takes_body else {400}
        errors = {status: self.errors[status] for status in statuses}
        return {str(status): body for status, body in sorted({**errors, **good}.items())}

    def success(self, description: str, shape: Any, example: Any, *more: str) -> Schema:
        return {
            "description": description,
            "headers": headers(self.registry, *more),
            "content": content(refer(self.registry, shape), {"done": example}),
        }

    def operation(self, name: str, call: Call | Following, description: str, **parts: Any) -> Schema:
        roles = "every role" if call.roles == EVERYBODY else ", ".join(r for r in Role if r in call.roles)
        return {
            "operationId": name,
            "summary": call.summary,
            "description": f"{description}\n\nFor {roles}.".strip(),
            "tags": [TAG],
            "security": [{ASYNC.security: []}],
            **parts,
        }

    # --- Routes ------------------------------------------------------------------------------------------------------
    def look(self, path: str, method: str, look: Look, examples: Mapping[str, str]) -> None:
        parameters = [path_parameter(name, examples) for name in uritemplate.variables(path)]
        parameters += search_parameters(look.searched)
        good = {200: self.success("The thing as it is now.", look.answers, look.answer)}
        responses = self.responses(method, look.roles, good, takes_body=False)
        name = name_of(look)
        self.add(path, method, self.operation(name, look, look.description, parameters=parameters, responses=responses))

    def change(self, path: str, method: str, change: Change, form: str) -> None:
        """A change in one of its forms: `now`, `later` or `bulk`."""
        parameters = [path_parameter(name, change.example) for name in uritemplate.variables(path)]
        takes_body = method != "DELETE" or form == "bulk"
        responses = self.responses(method, change.roles, self.good(method, change, form), takes_body)
        parts = {"parameters": [*parameters, *self.repeatable(method)], "responses": responses}
        if takes_body:
            parts["requestBody"] = self.request_body(change, form)
        description = change.description if form == "now" else f"{LATER} {change.description}"
        name = name_of(change)
        name = name if form == "now" else f"{form}{name[0].upper()}{name[1:]}"
        self.add(path, method, self.operation(name, change, description.strip(), **parts))

    def good(self, method: str, change: Change, form: str) -> dict[int, Schema]:
        more = ["X-Bulk-Operation", *(["Idempotency-Replayed"] if method == "POST" else [])]
        if form == "now":
            return {200: self.success("Done, or so already.", change.answers, change.answer, *more)}
        line = {"id": 0, "data_hash": data_hash(change.example), "status": "accepted"}
        accepted = {"bulk_uuid": UUID, "request_items": [line], "errors": False}
        return {202: self.success("What was accepted.", AsyncAccepted, accepted, *more)}

    def request_body(self, change: Change, form: str) -> Schema:
        in_bulk = form == "bulk"
        schema = body_schema(self.registry, change, in_bulk=in_bulk)
        example = {k: v for k, v in change.example.items() if in_bulk or k not in change.fields.params}
        suffix = "Item" if in_bulk and change.fields.params else ""
        name = name_of(change)
        named = keep(self.registry, "schemas", f"Async{name[0].upper()}{name[1:]}{suffix}", schema)
        whole = {"type": "array", "items": named, "minItems": 1, "maxItems": 10_000} if in_bulk else named
        required = in_bulk or bool(schema.get("required"))
        return {"required": required, "content": content(whole, {"one": [example] if in_bulk else example})}

    def route(self, route: Route) -> None:
        now, bulk = f"/V1/{route.template}", f"/async/bulk/V1/{route.bulk_path}"
        examples = {k: v for change in route.changes.values() for k, v in change.example.items()}
        for method, look in route.looks.items():
            self.look(now, method, look, FALLBACK | examples)
        for method, change in route.changes.items():
            self.change(now, method, change, "now")
            self.change(f"/async{now}", method, change, "later")
            self.change(bulk, method, change, "bulk")

    # --- Bulks -------------------------------------------------------------------------------------------------------
    def following(self, one: Following) -> None:
        parameters = [path_parameter(name, {"uuid": UUID, "code": "3"}) for name in uritemplate.variables(one.path)]
        parameters += search_parameters({name: by.meaning for name, by in SEARCHED.items()} if one.searches else {})
        more = ["Idempotency-Replayed"] if one.method == "POST" else []
        more += ["X-Bulk-Operation"] if one.status == 202 else []
        good = {one.status: self.success("Done.", one.answers, one.answer, *more)}
        responses = self.responses(one.method, one.roles, good, takes_body=bool(one.body))
        parts = {"parameters": [*parameters, *self.repeatable(one.method)], "responses": responses}
        if one.body:
            shape = refer(self.registry, one.body)
            parts["requestBody"] = {"required": False, "content": content(shape, {"all": {}})}
        self.add(one.path, one.method, self.operation(one.name, one, one.description, **parts))


# Examples of parameters where a route only shows what others change.
FALLBACK = {"orderId": "ord-001", "quoteId": "12", "customerId": "cust-001", "sku": "sku-pla-clip", "pageId": "1"}


def path_parameter(name: str, examples: Mapping[str, Any]) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": examples[name]}


def search_parameters(fields: Mapping[str, str]) -> Iterator[Schema]:
    """The parts of one filter, of one sorting, and the page."""
    if not fields:
        return
    said = " ".join(f"`{name}`: {meaning}" for name, meaning in fields.items())
    one, sorting = f"{CRITERIA}[filter_groups][0][filters][0]", f"{CRITERIA}[sortOrders][0]"
    yield query(f"{one}[field]", f"Groups are joined by and, the filters of a group by or. {said}",
                {"enum": list(fields)})  # fmt: skip
    yield query(f"{one}[value]", "Of `in` and `nin` several, with commas between them.", {"type": "string"})
    yield query(f"{one}[condition_type]", "`eq` unless it is said.", {"enum": sorted(CONDITIONS)})
    yield query(f"{sorting}[field]", "What to sort by.", {"enum": list(fields)})
    yield query(f"{sorting}[direction]", "`ASC` unless it is said.", {"enum": ["ASC", "DESC"]})
    size = {"type": "integer", "minimum": 1, "maximum": search.MAX_SIZE, "default": search.SIZE}
    yield query(f"{CRITERIA}[pageSize]", "How many a page has.", size)
    yield query(f"{CRITERIA}[currentPage]", "The page, from 1.", {"type": "integer", "minimum": 1, "default": 1})


def reference() -> tuple[dict[str, Schema], Schema]:
    """The paths of the dialect and their components, by kind."""
    made = Reference()
    for route in ROUTES:
        made.route(route)
    for one in BULKS:
        made.following(one)
    return made.paths, made.registry.build({})
