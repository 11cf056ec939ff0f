"""What the dialect calls things: its bodies as items of the shop, and the shop's words in its own.

    {"product": {"sku": "cube", "price": 4.9, "status": 1}}  ->  {"id": "cube", "basePrice": 4.9, "active": true}

Every body also takes the shop's own names, in camel or snake case.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from pydantic.alias_generators import to_camel, to_snake

from printshop.api.reading import shown
from printshop.api.refusals import Fault
from printshop.magento.params import Param

Payload = Mapping[str, Any]
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?\Z")
ATTRIBUTES, EXTENSIONS = "custom_attributes", "extension_attributes"


class Misread(ValueError):
    """A value that the dialect has a word for, but not this one; the text is the rule."""


@cache
def wire_names(shape: Any) -> frozenset[str]:
    """The shop's names of a shape's fields."""
    keys = getattr(shape, "__required_keys__", frozenset()) | getattr(shape, "__optional_keys__", frozenset())
    return frozenset(map(to_camel, keys))


def as_number(value: Any) -> Any:
    """A number that was sent as text."""
    if not (isinstance(value, str) and NUMBER.match(value)):
        return value
    return float(value) if "." in value else int(value)


def word_for(words: Mapping[Any, Any], value: Any) -> Any:
    """The shop's word for one of the dialect's; numbers may be sent as text. Raises `Misread`."""
    plain = as_number(value)
    if isinstance(plain, bool) or not isinstance(plain, (str, int)) or plain not in words:
        raise Misread(f"must be one of {', '.join(map(str, words))}")
    return words[plain]


def inverse(words: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return {shops: dialects for dialects, shops in words.items()}


@dataclass(frozen=True)
class Fields:
    """How a body is read. `wrapper` is the key under which its fields stand, if any; `bare` ones may do without it.

    `names` are the dialect's names with the shop's, `words` the words of its fields with the shop's; `within` are names
    inside the elements of a list, by the shop's name of the list. Texts in `numeric` fields are read as numbers.
    `ignored` fields are accepted and mean nothing here, `beside` the same beside the wrapper; `outside` are fields that
    stand there. With `attributes` fields may also come as custom attributes.
    """

    wrapper: str = ""
    bare: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    within: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    numeric: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    attributes: bool = False
    params: Mapping[str, Param] = field(default_factory=dict)

    # --- From the dialect to the shop --------------------------------------------------------------------------------
    def item(self, payload: Payload, shape: Any) -> tuple[dict[str, Any], list[Fault]]:
        """The raw item of a shape, on the shop's names, and what of the payload could not be translated."""
        raw, faults = self.of_params(payload)
        body, more = self.body(payload)
        faults += more
        for name, value in body:
            known = self.known_as(name, shape)
            try:
                said = self.translated(name, known, value)
            except Misread as rule:
                faults.append(Fault("NOT_A_CHOICE", f"{known} {rule}.", known, shown(value)))
                continue
            if raw.setdefault(known, said) != said:
                faults.append(Fault("NAMED_TWICE", f"{known} is given twice, with different values.", known))
        return raw, faults + self.missing(raw, faults)

    def of_params(self, payload: Payload) -> tuple[dict[str, Any], list[Fault]]:
        """What the route's parameters say."""
        raw, faults = {}, []
        for name, param in self.params.items():
            value, found = param.read(name, payload.get(name, ""))
            faults += found
            if not found:
                raw[param.field] = value
        return raw, faults

    def body(self, payload: Payload) -> tuple[list[tuple[str, Any]], list[Fault]]:
        """The fields of a body by the names they were sent under, attributes included."""
        own = {name: value for name, value in payload.items() if name not in self.params and name not in self.beside}
        if not self.wrapper or (self.bare and self.wrapper not in own):
            return self.with_attributes(own)
        wrapped = own.pop(self.wrapper, None)
        if not isinstance(wrapped, dict):
            code, rule = ("REQUIRED", "is required") if wrapped is None else ("NOT_AN_OBJECT", "must be an object")
            return [], [Fault(code, f"{self.wrapper} {rule}.", self.wrapper)]
        strangers = [unknown(name) for name in own if name not in self.outside]
        listed, faults = self.with_attributes(wrapped)
        return [*listed, *((name, own[name]) for name in self.outside if name in own)], strangers + faults

    def with_attributes(self, body: Payload) -> tuple[list[tuple[str, Any]], list[Fault]]:
        """The fields of a body, those that came as attributes among them."""
        body = {name: value for name, value in body.items() if name not in self.ignored}
        if not self.attributes:
            return list(body.items()), []
        plain = [(name, value) for name, value in body.items() if name not in (ATTRIBUTES, EXTENSIONS)]
        extensions = body.get(EXTENSIONS) or {}
        if not isinstance(extensions, dict):
            return plain, [Fault("NOT_AN_OBJECT", f"{EXTENSIONS} must be an object.", EXTENSIONS)]
        custom, faults = pairs(body.get(ATTRIBUTES))
        return [*plain, *extensions.items(), *custom], faults

    def known_as(self, name: str, shape: Any) -> str:
        """The shop's name of a field; a name that neither knows stays as it is, for the shape to refuse."""
        if name in self.names:
            return self.names[name]
        camel = to_camel(name)
        return camel if camel in wire_names(shape) else name

    def translated(self, name: str, known: str, value: Any) -> Any:
        """A value as the shop writes it. Raises `Misread`."""
        if value is None:
            return None
        if name in self.words:
            return word_for(self.words[name], value)
        if known in self.within and isinstance(value, list):
            return [self.element(one, self.within[known]) for one in value]
        return as_number(value) if known in self.numeric else value

    def element(self, value: Any, names: Mapping[str, str]) -> Any:
        """An element of a list."""
        if not isinstance(value, dict):
            return value
        renamed = {names.get(name, name): inner for name, inner in value.items()}
        return {name: as_number(inner) if name in self.numeric else inner for name, inner in renamed.items()}

    def missing(self, raw: Mapping[str, Any], faults: Iterable[Fault]) -> list[Fault]:
        """Fields that every item must have, though the shop could do without."""
        at_fault = {fault.path for fault in faults}
        if self.wrapper in at_fault:
            return []
        absent = [name for name in self.required if raw.get(name) in (None, "") and name not in at_fault]
        return [Fault("REQUIRED", f"{name} is required.", name) for name in absent]

    # --- And back ----------------------------------------------------------------------------------------------------
    @cached_property
    def back(self) -> Mapping[str, str]:
        """The shop's names with the dialect's: of several the first, but an id in an address is called as there."""
        found: dict[str, str] = {}
        for dialects, shops in self.names.items():
            found.setdefault(shops, dialects)
        return found | {param.field: name for name, param in self.params.items()}

    def spoken(self, path: str, sent: Any = None) -> str:
        """A path of a fault in the dialect's words; a field that was sent under a name of the shop's keeps it."""
        head, *rest = path.split(".")
        if any(head == param.field for param in self.params.values()):
            # A bare id is a place in a list to the shop: orderIds.3.
            return self.back[head]
        inner = sent.get(self.wrapper, sent) if isinstance(sent, dict) else {}
        as_sent = [name for name in (head, to_snake(head)) if isinstance(inner, dict) and name in inner]
        own = as_sent[0] if as_sent else self.back.get(head, head)
        names = inverse(self.within.get(head, {}))
        return ".".join([own, *(names.get(part, part) for part in rest)])

    def image(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Recorded fields in the dialect's words."""
        said: dict[str, Any] = {}
        for known, value in values.items():
            name = self.back.get(known) or to_snake(known)
            words = inverse(self.words.get(name, {}))
            said[name] = words.get(value, value) if words and isinstance(value, (str, bool)) else value
        return said


def unknown(name: str) -> Fault:
    return Fault("UNKNOWN_FIELD", f"{name} is not a known field.", name)


def pairs(attributes: Any) -> tuple[list[tuple[str, Any]], list[Fault]]:
    """`[{"attribute_code": …, "value": …}]` as names and values."""
    if attributes is None:
        return [], []
    if not isinstance(attributes, list):
        return [], [Fault("NOT_A_LIST", f"{ATTRIBUTES} must be a list.", ATTRIBUTES)]
    found, faults = [], []
    for index, one in enumerate(attributes):
        place = f"{ATTRIBUTES}.{index}"
        if isinstance(one, dict) and isinstance(one.get("attribute_code"), str) and "value" in one:
            found.append((one["attribute_code"], one["value"]))
        else:
            faults.append(Fault("BAD_ATTRIBUTE", f"{place} must have an attribute_code and a value.", place))
    return found, faults
