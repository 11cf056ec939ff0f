"""A shop that is talked to in every tone, with marked secrets and people, for a look at what is logged meanwhile.

`python -m printshop.tests.chatter` migrates the database that the environment names, logs at DEBUG to stderr, and
prints the statuses of its calls.
"""

import json
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "printshop.settings")
# Each stands for something that no log may hold.
PERSON = {
    "firstname": "MarkFirst",
    "lastname": "MarkLast",
    "name": "MarkName",
    "email": "markmail@mark.example",
    "externalId": "mark-external",
}
ADDRESS = {"name": "MarkRecipient", "line1": "MarkStreet 1", "city": "MarkCity", "zip": "MARKZIP", "country": "GB"}
PASSWORD, LOGIN, NOTES = "mark-password-1", "mark-login-2", "MarkNotes"
WORST = "MarkRefused"
MARKS = (*PERSON.values(), *(word for word in ADDRESS.values() if word != "GB"), PASSWORD, LOGIN, NOTES, WORST)


def refuse_by_the_database() -> None:
    """Rows of one name are refused by a rule that no plan foresees: the error shows the whole row, where it can."""
    from django.db import connection

    table = "orders_customer"
    statement = (
        f"ALTER TABLE {table} ADD CONSTRAINT unforeseen CHECK (name NOT LIKE 'Mark' || 'Refused%') NOT VALID"
        if connection.vendor == "postgresql"
        else f"CREATE TRIGGER unforeseen BEFORE INSERT ON {table} WHEN NEW.name LIKE '{WORST}%'"
        " BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: unforeseen'); END"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def talk() -> tuple[dict[str, int], list[str]]:
    """What each call was answered, and the keys that were used."""
    from django.test import Client

    from printshop.api.actors import Role
    from printshop.bulk.deferred.carrying import carry_out_next
    from printshop.bulk.tests.deferred.callers import later
    from printshop.testing import KeyClient, key_client, make_skus
    from printshop.tests.desk import make_boss

    make_skus()
    make_boss()
    admin = key_client(Role.ADMIN)
    key = admin.key or ""
    erp = KeyClient(None)
    bearer = {"authorization": f"Bearer {key}"}
    order = {"customerId": "cust-mark", "lineItems": [{"skuId": "sku-0001", "quantity": 1}], "notes": NOTES}
    worst = {"name": WORST, "email": f"worst-{PERSON['email']}", "firstname": PERSON["firstname"]}
    account = {"email": "q" + PERSON["email"], "firstname": "MarkFirst", "lastname": "MarkLast"}
    sent: dict[str, Any] = {
        "made": admin.post("/api/customers", {"id": "cust-mark", **PERSON}),
        "twice": admin.post("/api/customers", PERSON),
        "refused by the database": admin.post("/api/customers", worst),
        "ordered": admin.post("/api/orders", order | {"shippingAddress": ADDRESS}),
        "misshapen": admin.post("/api/orders", order | {"shippingAddress": ADDRESS | {"zip": 7}}),
        "unreadable": admin.send("POST", "/api/orders", json.dumps(PERSON).encode()[:-1]),
        "unknown key": KeyClient("markkey1.markkey1markkey1markkey1").get("/api/orders"),
        "asked by mail": admin.get(f"/api/customers?email={PERSON['email']}"),
        "with a password": erp.post("/rest/V1/customers", {"customer": account, "password": PASSWORD}, **bearer),
        "a bad one": erp.post("/rest/V1/customers", {"customer": account, "password": [PASSWORD]}, **bearer),
        "signed in": Client().post("/admin/login/", {"username": "berta", "password": LOGIN}),
    }
    orders = [order | {"shippingAddress": ADDRESS}] * 3
    later(admin, "/api/orders/bulk", {"orders": orders})
    queued = [{"customer": account | {"email": f"{n}{PERSON['email']}"}, "password": PASSWORD} for n in range(3)]
    queued[1]["customer"] |= {"firstname": WORST}  # type: ignore[operator]
    sent["queued"] = erp.post("/rest/async/bulk/V1/customers", queued, **bearer)
    while carry_out_next():
        pass
    return {name: answer.status_code for name, answer in sent.items()}, [key, "markkey1markkey1"]


def main() -> None:
    os.environ |= {"ALLOWED_HOSTS": "testserver", "LOG_LEVEL": "DEBUG"}
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    for name in settings.DATABASES:
        call_command("migrate", database=name, verbosity=0)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    refuse_by_the_database()
    statuses, keys = talk()
    print(json.dumps([statuses, keys]))


if __name__ == "__main__":
    main()
