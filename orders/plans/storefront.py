"""Orders of storefronts, worked out from values alone: who the customer is, what access and which payment they make.

Each order stands for itself: its faults are its own, and the good ones happen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from orders.plans.pricing import Offer
from orders.states import OrderStatus, OrderType, PaymentKind, PaymentStatus
from printshop.api.reading import Item
from printshop.api.refusals import Fault, Kind
from printshop.api.shapes import MAX_CENTS
from printshop.api.uuids import time_ordered_uuid
from printshop.bulk.outcomes import Outcome, Verdict

Row = dict[str, Any]
T = OrderType


@dataclass(slots=True)
class Person:
    """A customer as the batch knows it; `new` when it is to be made, `row` what is to be written.

    `mine` is false for a customer that another account keeps: it is found by its e-mail address, which is unique over
    all accounts, and is never written to from here.
    """

    id: str
    external_id: str
    email: str
    mine: bool = True
    new: bool = False
    row: Row | None = None


@dataclass(slots=True)
class People:
    """Customers by the account's own id and by e-mail address; those of earlier orders of the batch among them."""

    by_id: dict[str, Person] = field(default_factory=dict)
    by_email: dict[str, Person] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], account_id: int) -> "People":
        """From the customers found; another account's own ids mean nothing here."""
        people = cls()
        for row in rows:
            mine = row["account_id"] == account_id
            people.add(Person(row["pk"], row["external_id"] if mine else "", row["email"], mine))
        return people

    def add(self, person: Person) -> None:
        if person.external_id:
            self.by_id[person.external_id] = person
        if person.email:
            self.by_email[person.email] = person

    def find(self, user: Mapping[str, Any]) -> Person | None:
        return self.by_id.get(user.get("id") or "") or self.by_email.get(user.get("email") or "")


@dataclass(slots=True)
class Known:
    """What a batch refers to, as found; `taken` says which order has an external id."""

    people: People
    offers: Mapping[str, Offer]
    taken: Mapping[str, str]


@dataclass(slots=True)
class NewOrder:
    """The rows of an order to be made. Lines, payment and entitlements get its number once it has one."""

    uuid: UUID
    order: Row
    lines: list[Row]
    payment: Row | None
    entitlements: list[Row]
    person: Person


def required(path: str) -> Fault:
    return Fault("REQUIRED", f"{path} is required.", path)


def absent(given: Mapping[str, Any], misread: frozenset[str], *names: str, prefix: str = "") -> list[Fault]:
    """Faults for fields that this type of order needs; one that was misread has its fault already."""
    return [required(prefix + name) for name in names if given.get(name) is None and prefix + name not in misread]


def type_faults(given: Row, misread: frozenset[str]) -> list[Fault]:
    """What each type of order needs."""
    faults = []
    if given.get("type") == T.REPORT:
        faults += absent(given, misread, "return_url", "unit_price", "currency_id")
        for index, product in enumerate(given.get("products") or ()):
            if f"products.{index}" not in misread:
                faults += absent(product, misread, "unit_price", "currency_id", prefix=f"products.{index}.")
    return faults


def user_faults(given: Row, known: Known, misread: frozenset[str]) -> list[Fault]:
    """A storefront names its customer by id, by e-mail address or by both, which must be one and the same."""
    user = given.get("user")
    if user is None:
        return []
    external_id, email = user.get("id"), user.get("email")
    if given.get("type") == T.SALE and not external_id and "user.id" not in misread:
        return [required("user.id")]
    if misread & {"user.id", "user.email"}:
        return []
    if not external_id and not email:
        return [Fault("ID_OR_EMAIL_REQUIRED", "user.email is required when user.id is not given.", "user.email")]
    by_id, by_email = known.people.by_id.get(external_id or ""), known.people.by_email.get(email or "")
    claimed = by_email is not None and external_id and by_email.external_id not in ("", external_id)
    if (by_id and by_email and by_id is not by_email) or claimed:
        return [
            Fault("CUSTOMER_CONFLICT", "user.id and user.email belong to different customers.", "user.email", email)
        ]
    return []


def product_faults(product: Mapping[str, Any], known: Known, path: str) -> list[Fault]:
    """What is wrong with a product besides its shape."""
    sku_id = product.get("external_id")
    if sku_id is None:
        return []
    offer = known.offers.get(sku_id)
    if offer is None:
        return [Fault("SKU_NOT_FOUND", f"There is no SKU {sku_id}.", f"{path}.external_id", sku_id)]
    faults = []
    if not offer.active:
        faults.append(Fault("SKU_INACTIVE", f"SKU {sku_id} is no longer sold.", f"{path}.external_id", sku_id))
    if product.get("type") not in (None, offer.kind):
        faults.append(Fault("KIND_MISMATCH", f"SKU {sku_id} is of kind {offer.kind}.", f"{path}.type", product["type"]))
    return faults


def currency_of(given: Row, known: Known) -> str:
    """The first currency that the request names; where it names none, the first SKU's own."""
    products = given.get("products") or ()
    named = [given.get("currency_id"), *(product.get("currency_id") for product in products)]
    own = [offer.currency for product in products if (offer := known.offers.get(product.get("external_id") or ""))]
    return next((currency for currency in [*named, *own] if currency), "")


def price_of(product: Mapping[str, Any], given: Row) -> int | None:
    """The storefront's price of a product: its own, or the order's when it is all there is in it."""
    price: int | None = product.get("unit_price")
    if price is None and len(given["products"]) == 1 and product.get("quantity", 1) == 1:
        price = given.get("unit_price")
    return price


def currency_faults(given: Row, known: Known, misread: frozenset[str]) -> list[Fault]:
    """An order is in one currency, and a SKU's own price is used only in the SKU's own currency."""
    faults, currency = [], currency_of(given, known)
    for index, product in enumerate(given.get("products") or ()):
        path, offer = f"products.{index}", known.offers.get(product.get("external_id") or "")
        if product.get("currency_id") not in (None, currency):
            message = f"Every product must be in {currency}, the order's currency."
            faults.append(Fault("CURRENCY_MIXED", message, f"{path}.currency_id", product["currency_id"]))
        own_price = given.get("type") == T.SALE and price_of(product, given) is None
        if own_price and offer and offer.currency != currency and f"{path}.unit_price" not in misread:
            message = f"SKU {product['external_id']} is priced in {offer.currency}, not in {currency}."
            faults.append(Fault("PRICED_OTHERWISE", message, f"{path}.unit_price"))
    return faults


def total_of(given: Row, known: Known, misread: frozenset[str]) -> int | None:
    """What the products come to; None where a fault leaves that open."""
    unread = {path.rpartition(".")[2] for path in misread}
    products = given.get("products") or ()
    if unread & {"type", "products", "unit_price", "quantity"} or any(name.isdigit() for name in unread):
        return None
    if any(product.get("external_id") not in known.offers for product in products) or not given.get("type"):
        return None
    if given["type"] == T.REPORT and any(product.get("unit_price") is None for product in products):
        return None
    return sum(line_row(product, given, known)["total"] for product in products)


def money_faults(given: Row, known: Known, misread: frozenset[str]) -> list[Fault]:
    """One currency for the whole order, and a price that its products add up to."""
    faults = currency_faults(given, known, misread)
    total = None if faults else total_of(given, known, misread)
    if total is None:
        return faults
    if total > MAX_CENTS:
        return [Fault("OUT_OF_RANGE", f"The total must be at most {MAX_CENTS // 100}.", "unit_price", total / 100)]
    if given.get("unit_price") not in (None, total):
        message = "unit_price must be the sum of the products' prices."
        return [Fault("SUM_MISMATCH", message, "unit_price", given["unit_price"] / 100)]
    return []


def taken_fault(given: Row, known: Known, first_with: Mapping[str, Outcome]) -> list[Fault]:
    """An external id belongs to one order of the account, be it of this request; the fault says which."""
    external_id = given.get("external_id") or ""
    holder = known.taken.get(external_id) or first_with.get(external_id)
    if holder is None:
        return []
    named = f"Order {holder}" if isinstance(holder, str) else f"The order at index {holder.index}"
    message = f"{named} has the external_id {external_id} already."
    return [Fault("EXTERNAL_ID_TAKEN", message, "external_id", external_id, kind=Kind.CONFLICT, holder=holder)]


def line_row(product: Mapping[str, Any], given: Row, known: Known) -> Row:
    """A position at the storefront's price: what is given away costs nothing, a sale without a price the SKU's own."""
    offer, price = known.offers[product["external_id"]], price_of(product, given)
    if price is None:
        price = offer.base_price if given["type"] == T.SALE else 0
    quantity = product.get("quantity", 1)
    return {
        "sku_id": product["external_id"],
        "kind": offer.kind,
        "name": offer.name,
        "quantity": quantity,
        "options": {},
        "unit_price": price,
        "total": price * quantity,
        "expiration_date": product.get("expiration_date"),
    }


def order_row(given: Row, lines: Sequence[Row], person: Person, currency: str, account_id: int, at: datetime) -> Row:
    approved = given["type"] != T.SALE
    subtotal = sum(line["total"] for line in lines)
    return {
        "uuid": time_ordered_uuid(),
        "account_id": account_id,
        "customer_id": person.id,
        "type": given["type"],
        "status": OrderStatus.PAID if approved else OrderStatus.PENDING_PAYMENT,
        "external_id": given.get("external_id") or "",
        "subtotal": subtotal,
        "shipping": 0,
        "tax": 0,
        "total": subtotal,
        "currency": currency,
        "shipping_address": None,
        "notes": "",
        "return_url": given.get("return_url") or "",
        "due_date": None,
        "carrier": "",
        "tracking_number": "",
        "digital": any(line["kind"] != "print" for line in lines),
        "paid_at": at if approved else None,
        "created_at": at,
        "updated_at": at,
    }


def payment_row(order: Row, actor: str, at: datetime) -> Row | None:
    """A report tells of money that came, a sale waits for it, and what is given away has none."""
    if order["type"] == T.PERMISSION:
        return None
    status = PaymentStatus.SETTLED if order["type"] == T.REPORT else PaymentStatus.PENDING
    row = {"kind": PaymentKind.PAYMENT, "status": status, "amount": order["total"], "currency": order["currency"]}
    return row | {"reason": "", "actor": actor, "created_at": at}


def entitlement_row(line: Row, customer_id: str, at: datetime) -> Row:
    """Access to a digital line of an order that is paid or approved."""
    row = {"customer_id": customer_id, "sku_id": line["sku_id"], "status": "active"}
    return row | {"starts_at": at, "until": line["expiration_date"]}


def new_order(given: Row, known: Known, person: Person, account_id: int, actor: str, at: datetime) -> NewOrder:
    """The rows of a faultless order."""
    lines = [line_row(product, given, known) for product in given["products"]]
    order = order_row(given, lines, person, currency_of(given, known), account_id, at)
    digital = [line for line in lines if line["kind"] != "print"] if order["paid_at"] else []
    entitlements = [entitlement_row(line, person.id, at) for line in digital]
    return NewOrder(order["uuid"], order, lines, payment_row(order, actor, at), entitlements, person)


def learn(person: Person, external_id: str, email: str) -> None:
    """Fill in what was not known of a customer; what is known stays."""
    if (external_id and not person.external_id) or (email and not person.email):
        person.external_id, person.email = person.external_id or external_id, person.email or email
        row = {"id": person.id, "external_id": person.external_id, "email": person.email}
        person.row = {**(person.row or {}), **row}


def known_person(user: Row, people: People, make: Callable[[Row], Row]) -> Person:
    """The customer of a faultless order, found or to be made."""
    external_id, email = user.get("id") or "", user.get("email") or ""
    person = people.find(user)
    if person is None:
        row = make({**user, "id": None, "external_id": external_id})
        person = Person(row["id"], external_id, email, new=True, row=row)
    elif person.mine:
        learn(person, external_id, email)
    people.add(person)
    return person


def plan_storefront_orders(
    items: Sequence[Item], known: Known, make: Callable[[Row], Row], account_id: int, actor: str, at: datetime
) -> list[Outcome]:
    """One outcome for each order. `make` gives the row of a customer to be made."""
    first_with: dict[str, Outcome] = {}
    outcomes = []
    for item in items:
        given: Row = item.value or {}
        outcome = Outcome(item.index)
        outcomes.append(outcome)
        faults = storefront_faults(given, known, first_with, frozenset(fault.path for fault in item.faults))
        if faults or item.faults:
            outcome.refuse(*faults)
            continue
        new = new_order(given, known, known_person(given["user"], known.people, make), account_id, actor, at)
        outcome.verdict, outcome.status, outcome.change = Verdict.CREATED, new.order["status"], new
        outcome.after = {"status": outcome.status, "total": new.order["total"] / 100}
        if given.get("external_id"):
            first_with.setdefault(given["external_id"], outcome)
    return outcomes


def storefront_faults(
    given: Row, known: Known, first_with: Mapping[str, Outcome], misread: frozenset[str]
) -> list[Fault]:
    """Everything that is wrong with an order besides its shape, at once."""
    faults = [*type_faults(given, misread), *user_faults(given, known, misread)]
    for index, product in enumerate(given.get("products") or ()):
        faults += product_faults(product, known, f"products.{index}")
    return faults + money_faults(given, known, misread) + taken_fault(given, known, first_with)
