"""JSON read strictly: what one database would store and the other refuse gets past neither."""

from typing import Any

import pytest

from printshop.api.refusals import Refused
from printshop.api.strict_json import loads
from printshop.api.tests.addresses import WRITES, Write, named
from printshop.testing import KeyClient, make_customers, snapshot

UNREADABLE: dict[str, bytes] = {
    "text that ends early": b'{"a": ',
    "two values": b"{} {}",
    "a comment": b"{/* */}",
    "a trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number beyond a double": b'{"a": 1e400}',
    "a number with leading zeros": b'{"a": 007}',
    "a hexadecimal number": b'{"a": 0x10}',
    "a lone high surrogate": rb'{"a": "\ud83d"}',
    "a lone low surrogate": rb'{"a": "\ude00 b"}',
    "a lone surrogate as a key": rb'{"\udead": 1}',
    "surrogates the wrong way round": rb'{"a": "\ude00\ud83d"}',
    "a raw NUL in a text": b'{"a": "\0"}',
    "a raw NUL between": b'{"a": \0 1}',
    "a raw line break in a text": b'{"a": "\n"}',
    "an unknown escape": rb'{"a": "\x41"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "UTF-8 of a surrogate": b'{"a": "\xed\xa0\xbd"}',
    "UTF-8 in too many bytes": b'{"a": "\xc0\xaf"}',
    "nothing but blanks": b"  ",
    "lists ten thousand deep": b"[" * 10_000 + b"]" * 10_000,
    "lists a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
    "objects a hundred thousand deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "lists that never close": b"[" * 100_000,
}
NUL: dict[str, tuple[bytes, str]] = {
    "a value": (rb'{"reason": "a\u0000b"}', "reason"),
    "a nested value": (rb'{"a": {"b": [1, {"c": "\u0000"}]}}', "a.b.1.c"),
    "an element": (rb'{"jobIds": ["job-001", "\u0000"]}', "jobIds.1"),
    "the body itself": (rb'"\u0000"', ""),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_it_does_not_read(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        loads(body)
    ((_, fault),) = refused.value.faults
    assert fault.code == "INVALID_JSON"


@pytest.mark.parametrize(("body", "path"), NUL.values(), ids=NUL)
def test_it_names_the_place_of_a_nul(body: bytes, path: str) -> None:
    with pytest.raises(Refused) as refused:
        loads(body)
    ((_, fault),) = refused.value.faults
    assert (fault.code, fault.path) == ("NUL_CHARACTER", path)


def test_it_names_every_nul() -> None:
    with pytest.raises(Refused) as refused:
        loads(rb'{"a": "\u0000", "b\u0000": 1, "c": ["\u0000"]}')
    assert [fault.path for _, fault in refused.value.faults] == ["", "a", "c.0"]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"a": "\\u0000"}', {"a": "\\u0000"}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
        ('{"a": "\U0001f600 ß \u202e"}'.encode(), {"a": "\U0001f600 ß \u202e"}),
        (b'{"a": 12.50}', {"a": 12.5}),
        (b'{"a": -0.0, "b": 1E2}', {"a": 0, "b": 100}),
        (b'{"a": 9223372036854775807}', {"a": 2**63 - 1}),
        (b" \r\n\t{}\n", {}),
        (b'{"a": 1, "a": 2}', {"a": 2}),  # of a field given twice the last counts, as in JavaScript
        (b"[" * 500 + b"]" * 500, None),
    ],
)
def test_it_reads(body: bytes, value: Any) -> None:
    assert loads(body) == value or value is None


@pytest.mark.django_db
@pytest.mark.parametrize("write", WRITES, ids=str)
def test_it_answers_400_at_every_address(write: Write, admin: KeyClient, names: dict[str, str]) -> None:
    before, address = snapshot(), named(write.path, names)
    for name, body in UNREADABLE.items():
        answer = admin.send(write.method, address, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_JSON"), name
        assert answer.json()["details"]["errors"][0]["message"]
    for name, (body, path) in NUL.items():
        answer = admin.send(write.method, address, body)
        assert answer.status_code == 400, name
        assert [(fault["code"], fault["path"]) for fault in answer.json()["details"]["errors"]] == [
            ("NUL_CHARACTER", path)
        ]
    assert snapshot() == before


@pytest.mark.django_db
def test_it_answers_400_to_what_is_nested_a_thousand_deep(admin: KeyClient) -> None:
    for deep in b"[" * 1_000 + b"]" * 1_000, b'{"a":' * 1_000 + b"1" + b"}" * 1_000:
        assert admin.post("/api/customers", deep).status_code == 400
        assert admin.post("/api/customers", b'{"name": %s}' % deep).status_code == 400
        assert admin.post("/api/customers", rb'{"email": "\u0000", "name": %s}' % deep).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["ß", "\U0001f600", "e\u0301", "\u4e2d\u6587", "a" * 255, "\u05e9\u05dc\u05d5\u05dd", "'; --", "%s"]
)
def test_it_keeps_text_as_it_came(text: str, admin: KeyClient) -> None:
    made = admin.post("/api/customers", {"name": text})
    assert made.json()["name"] == text
    assert admin.get(f"/api/customers/{made.json()['id']}").json()["name"] == text


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\nb", "\u2028", "\u200e", "\x1b[2J", "\x7f", "a" * 256, "\U0001f600" * 256])
def test_it_refuses_what_no_line_of_text_is(text: str, admin: KeyClient) -> None:
    answer = admin.post("/api/customers", {"name": text, "firstname": text, "externalId": text})
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["details"]["errors"]} == {"name", "firstname", "externalId"}


@pytest.mark.django_db
def test_it_measures_an_address_as_it_is_kept(admin: KeyClient) -> None:
    # A capital İ is two characters in lower case.
    answer = admin.post("/api/customers", {"email": "İ" * 200 + "@mill.example"})
    assert (answer.status_code, answer.json()["details"]["errors"][0]["code"]) == (400, "EMAIL_TOO_LONG")


@pytest.mark.django_db
def test_it_cuts_a_name_that_it_puts_together(admin: KeyClient) -> None:
    made = admin.post("/api/customers", {"firstname": "f" * 255, "lastname": "l" * 255})
    assert made.json()["name"] == "f" * 255


@pytest.mark.django_db
@pytest.mark.parametrize(
    "amount", [-0.01, -1, 0.001, 1e-7, 1e15, 1e300, 1_000_000_000_000.01, 2**63, "1", "1.00", True, None, [], {}]
)
def test_it_refuses_what_is_no_price(amount: Any, admin: KeyClient) -> None:
    before = snapshot()
    answer = admin.post("/api/skus", {"id": "sku-new", "name": "New", "basePrice": amount})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["basePrice"]
    assert snapshot() == before


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, 0.01, 12.5, 1e2, 0.29, 1_000_000_000_000, 999_999_999_999.99, 4.35])
def test_it_keeps_money_to_the_cent(amount: float, admin: KeyClient) -> None:
    assert admin.post("/api/skus", {"id": "sku-new", "name": "New", "basePrice": amount}).status_code == 201
    assert admin.get("/api/skus/sku-new").json()["basePrice"] == amount


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "2026-13-01", "0000-01-01", "1969-12-31", "10000-01-01", "2026-1-1", "2026-W01-1", "20260101",
     "2026-01-01T00:00:00Z", "\uff12026-01-01", " 2026-01-01", "2026-01-01\n", "", 20260101, 1.5, True],
)  # fmt: skip
def test_it_refuses_what_is_no_day(day: Any, admin: KeyClient, names: dict[str, str]) -> None:
    answer = admin.patch(named("/api/orders/{unpaid}", names), {"dueDate": day})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["details"]["errors"]] == ["dueDate"]


@pytest.mark.django_db
def test_it_reads_back_the_faults_of_absurd_numbers(admin: KeyClient) -> None:
    make_customers()
    bodies = [{"id": "sku-a", "name": "A"}, *({"id": "sku-b", "basePrice": n} for n in (1e300, -1e308, 2.0**64))]
    answer = admin.post("/api/skus/bulk", {"skus": bodies, "errorPolicy": "partial"})
    assert answer.status_code == 200
    items = admin.get(f"/api/bulk-operations/{answer['X-Bulk-Operation']}/items?result=failed")
    assert [item["errors"][0]["value"] for item in items.json()["results"]] == [
        "1e+300",
        "-1e+308",
        "1.8446744073709552e+19",
    ]
