"""What the tests of the v3 dialect are made of: a storefront with a token, a catalogue, and bodies of orders."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from catalog.models import SKU
from orders.models import Customer, Order
from printshop.api.actors import Role
from printshop.api.keys import issue
from printshop.api.models import Account
from printshop.testing import NOON, KeyClient, make_skus

BULK, ORDERS = "/api/v3/orders/bulk", "/api/v3/orders"
BOOK, PLAN, CUBE = "EBOOK-0001", "PLAN-0001", "CUBE-0001"
INVALID = "The given data was invalid."


def make_catalogue() -> None:
    """A book for 29.99, a subscription for 9.90, a cube to be printed for 12.50, and a book that is sold no more."""
    make_skus(2, "EBOOK", kind="content", base_price=2999, name="A book")
    make_skus(1, "PLAN", kind="subscription", base_price=990, name="A plan")
    make_skus(1, "CUBE")
    make_skus(1, "OLD", kind="content", active=False)


def account(code: str = "partner") -> Account:
    return Account.objects.get_or_create(code=code, defaults={"name": code})[0]


class Storefront(KeyClient):
    """A client that shows its key in the dialect's header."""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.key is not None:
            headers.setdefault("x_user_token", self.key)
        return KeyClient(None).send(method, path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def bulk(self, *orders: Any, status: int = 200, **headers: str) -> Any:
        """The answer to a bulk request: what stands under `data`, or the whole body of a refusal."""
        response = self.post(BULK, {"orders": list(orders)}, **headers)
        assert response.status_code == status, response.content.decode()
        return response.json()["data"] if status == 200 else response.json()

    def make(self, **fields: Any) -> dict[str, Any]:
        """A new order, made alone."""
        response = self.post(ORDERS, permission(**fields))
        assert response.status_code == 201, response.content.decode()
        return response.json()["data"]

    def faults(self, **fields: Any) -> dict[str, list[str]]:
        """The errors of an order that is refused; None leaves a field out."""
        order = {name: value for name, value in permission(**fields).items() if value is not None}
        response = self.post(ORDERS, order)
        assert response.status_code == 422, response.content.decode()
        assert response.json()["message"] == INVALID
        return response.json()["errors"]


def storefront(code: str = "partner", role: Role = Role.OPERATOR) -> Storefront:
    """A storefront with an account of its own."""
    return Storefront(issue(account(code), f"the {code}", role)[1])


def permission(**fields: Any) -> dict[str, Any]:
    """An order without fault, the given fields put in its place."""
    return {
        "type": "permission",
        "external_id": f"order-{uuid4().hex[:12]}",
        "user": {"id": "reader-1", "email": "reader@mail.example"},
        "products": [product()],
        **fields,
    }


def product(sku: str = BOOK, kind: str = "content", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "external_id": sku, **fields}


def report(**fields: Any) -> dict[str, Any]:
    """A sale that was made elsewhere."""
    sold = product(unit_price=29.99, currency_id="USD")
    terms = {"return_url": "https://partner.example/receipt", "unit_price": 29.99, "currency_id": "USD"}
    return permission(type="report", products=[sold], **terms) | fields


def order_of(body: dict[str, Any]) -> Order:
    return Order.objects.get(pk=int(body["id"]))


def make_history(count: int, code: str = "partner", start: int = 0) -> None:
    """That many plain orders of a storefront, a second apart."""
    owner = account(code)
    fields = {"account": owner, "uuid": uuid4(), "created_at": NOON}
    customer = Customer.objects.get_or_create(id=f"cust-{code}", defaults=fields)[0]
    Order.objects.bulk_create(
        Order(
            uuid=uuid4(),
            account=owner,
            customer=customer,
            status="paid",
            subtotal=0,
            total=0,
            created_at=at,
            updated_at=at,
        )
        for at in (NOON + timedelta(seconds=number) for number in range(start, start + count))
    )


def retire(sku: str) -> None:
    SKU.objects.filter(pk=sku).update(active=False)
