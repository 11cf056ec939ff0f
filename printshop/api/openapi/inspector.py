"""From a viewset and its table of calls to operations of the OpenAPI document."""

from typing import Any

import uritemplate
from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from pydantic.alias_generators import to_camel

from printshop.api.actors import EVERYBODY, Role
from printshop.api.openapi.calls import Answer, Call, Subject
from printshop.api.openapi.parameters import filter_parameters
from printshop.api.openapi.schemas import Schema, keep, refer
from printshop.api.openapi.shared import IDEMPOTENCY_KEY, PAGES, PREFER, content, error_answer, error_answers, headers

REPEATABLE = {409, 422}


class SubjectSchema(AutoSchema):
    """Documents the calls of one subject. An action without a call is a warning, and so fails the build."""

    view: Any

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        self.registry, self.path, self.method = registry, path, method.upper()
        call = self.subject.calls.get(self.view.action)
        if call is None:
            warn(f"{type(self.view).__name__}.{self.view.action} stands in no table of calls.")
            return None
        operation = {
            "operationId": self.operation_id,
            "summary": call.summary,
            "description": self.described(call),
            "tags": [self.subject.tag],
            "parameters": self.parameters(call),
            "security": [{self.subject.dialect.security: []}],
            "responses": self.responses(call),
        }
        return operation if call.body is None else operation | {"requestBody": self.request_body(call)}

    @property
    def operation_id(self) -> str:
        return to_camel(f"{self.view.basename}_{self.view.action}".replace("-", "_"))

    def repeatable(self, call: Call) -> bool:
        """Whether an Idempotency-Key makes the call safe to repeat; those other than POST are safe as they are."""
        return self.method == "POST" and not call.secret

    @property
    def roles(self) -> frozenset[Role]:
        roles: frozenset[Role] = self.view.roles.get(self.view.action, self.view.roles["*"])
        return roles

    def described(self, call: Call) -> str:
        """What the table says, and what the viewset knows: who may call and which limit counts it."""
        roles = "every role" if self.roles == EVERYBODY else ", ".join(role for role in Role if role in self.roles)
        scope = self.view.throttle_scope
        limit = f" Counted by the `{scope}` limit." if scope else ""
        return f"{call.description}\n\nFor {roles}.{limit}".strip()

    def parameters(self, call: Call) -> list[Schema]:
        found = [self.path_parameter(name, call) for name in uritemplate.variables(self.path)]
        if call.listed:
            found += [keep(self.registry, "parameters", page["name"], page) for page in PAGES]
        if self.view.action == "list" and getattr(self.view, "filterset_class", None):
            found += filter_parameters(self.view.filterset_class, dict(self.subject.filters))
        if self.repeatable(call):
            found.append(keep(self.registry, "parameters", "Idempotency-Key", IDEMPOTENCY_KEY))
        if call.later:
            found.append(keep(self.registry, "parameters", "Prefer", PREFER))
        return [*found, *call.query]

    def path_parameter(self, name: str, call: Call) -> Schema:
        return {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": call.example_id or self.subject.example_id,
        }

    def request_body(self, call: Call) -> Schema:
        return {
            "required": bool(getattr(call.body, "__required_keys__", ())),
            "content": content(refer(self.registry, call.body), call.examples),
        }

    def statuses(self, call: Call) -> set[int]:
        """Which errors this call can be answered with."""
        found = {*self.subject.dialect.always, *call.refusals}
        if self.repeatable(call):
            found |= REPEATABLE
        if call.body is not None:
            found |= {400, 413, 415}
        if call.listed:
            found |= {400}
        if uritemplate.variables(self.path):
            found |= {404}
        return found if self.roles == EVERYBODY else found | {403}

    def responses(self, call: Call) -> dict[str, Schema]:
        dialect = self.subject.dialect
        shared = error_answers(self.registry, dialect)
        errors = {
            status: error_answer(self.registry, dialect.noes[status], call.refusals[status])
            if status in call.refusals
            else shared[status]
            for status in self.statuses(call)
        }
        answers = {status: self.success(call, answer) for status, answer in call.answers.items()}
        return {str(status): body for status, body in sorted({**answers, **errors}.items())}

    def success(self, call: Call, answer: Answer) -> Schema:
        names = ["Idempotency-Replayed"] if self.repeatable(call) else []
        if call.recorded:
            names.append("X-Bulk-Operation")
        return {
            "description": answer.description,
            "headers": headers(self.registry, *names, *answer.headers),
            "content": content(refer(self.registry, answer.shape), answer.examples, answer.media),
        }
