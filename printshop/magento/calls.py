"""What a route does under a method: a change, carried out by the engine now or later, or a look at something."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from printshop.api.actors import Actor, Role
from printshop.bulk.deferred.cutting import CHUNK
from printshop.bulk.engine import Operation
from printshop.magento.fields import Fields, Payload
from printshop.magento.params import is_given

Terms = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """An operation of the engine as a call uses it: the shape its items are read by, and the terms that are fixed."""

    operation: Operation
    shape: Any
    terms: Terms = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shown: the thing of a `reference` or of the `params`, as the store of the path sees it."""

    scope: str
    actor: Actor
    params: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    query: QueryDict = field(default_factory=QueryDict)


@dataclass(frozen=True)
class Change:
    """A POST, PUT or DELETE: `operation` with `terms`, or what `in_scope` makes of a store's code.

    `fixed` are fields that every item has, on the shop's names.
    `terms_of` takes further terms out of an item, on the shop's names. `rows_of` names what an item touches beside the
    things in its parameters: items that meet keep their order; with `in_turns` they are planned one after the other,
    where the plan does not see to that. `seal` takes away what must not be shown of an item, `ready` makes the values
    fit for writing before any row is locked. `shows` is the object for the answer, None where the answer is `true`;
    `result` is what the record tells of it. `example` is an item as the bulk form takes it, `answer` the object.
    """

    summary: str
    operation: Operation
    fields: Fields = field(default_factory=Fields)
    shape: Any = None
    terms: Terms = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    in_scope: Callable[[str], Target] | None = None
    terms_of: Callable[[Payload], Mapping[str, Any]] = lambda payload: {}
    rows_of: Callable[[Any], Iterable[str]] = lambda payload: ()
    in_turns: bool = False
    seal: Callable[[Any], tuple[Any, Any]] = lambda payload: (payload, None)
    ready: Callable[[Sequence[Any]], Sequence[Any]] = lambda values: values
    chunk: int = CHUNK
    shows: Callable[[Asked], Any] | None = None
    result: Callable[[str, Mapping[str, Any]], Any] | None = None
    answers: Any = bool
    example: Any = field(default_factory=dict)
    answer: Any = True
    description: str = ""

    @property
    def roles(self) -> frozenset[Role]:
        return self.operation.roles

    def target(self, scope: str) -> Target:
        """What the engine is asked to do in a store scope."""
        if self.in_scope is not None:
            return self.in_scope(scope)
        return Target(self.operation, self.shape or self.operation.item, self.terms)

    def touches(self, payload: Any) -> list[str]:
        """Names of what an item touches: the things in its parameters, however they are spelt, and `rows_of` it."""
        named = payload if isinstance(payload, dict) else {}
        given = {name: str(named[name]) for name in self.fields.params if is_given(named.get(name))}
        things = {name: self.fields.params[name].reads(text) for name, text in given.items()}
        own = [f"{name}:{thing}" for name, thing in things.items() if thing is not None]
        return list(dict.fromkeys([*own, *self.rows_of(payload)]))

    def told(self, reference: str, recorded: Mapping[str, Any]) -> Any:
        """The object as far as the record knows it."""
        if self.result is not None:
            return self.result(reference, recorded)
        return True if self.shows is None else {"id": reference, **self.fields.image(recorded)}


@dataclass(frozen=True)
class Look:
    """A GET: `shows` gives the object, or None when there is no such `thing` for whoever asks."""

    summary: str
    shows: Callable[[Asked], Any]
    roles: frozenset[Role]
    thing: str
    answers: Any
    answer: Any
    description: str = ""
    searched: Mapping[str, str] = field(default_factory=dict)


Call = Change | Look
