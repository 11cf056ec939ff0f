"""Reading what a scanner sends."""

import pytest

from jobs.plans.tickets import Ticket, ticket_in


def ours(host: str) -> bool:
    return host == "shop.example"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("job-123", "job-123"),
        ("JOB-123", "job-123"),
        ("Ord-45", "ord-045"),
        ("ord-00045", "ord-045"),
        ("job-7", "job-007"),
        ("  job-007\r\n", "job-007"),
        ("jobß123", "job-123"),
        ("job'123", "job-123"),
        ("ord 45", "ord-045"),
        ("job123", "job-123"),
        ("https://shop.example/api/jobs/job-123", "job-123"),
        ("HTTPS://shop.example/admin/orders/order/?q=ORD-45", "ord-045"),
        ("http://shop.example/api/orders/ord-045/", "ord-045"),
        (f"job-{2**63 - 1}", f"job-{2**63 - 1}"),
    ],
)
def test_it_reads_a_ticket(text: str, reference: str) -> None:
    ticket = ticket_in(text, ours)
    assert ticket is not None
    assert ticket.reference == reference


@pytest.mark.parametrize(
    "text",
    [
        *("", "job", "job-", "job-0", "123", "sku-123", "job-12a", "xjob-12", "job--12", "job-1 job-2", "job-١٢"),
        *(f"job-{2**63}", "job-" + "9" * 30, "9" * 5000),
        "https://elsewhere.example/api/jobs/job-123",
        "https://shop.example.elsewhere.example/job-123",
        "https://shop.example@elsewhere.example/job-123",
        "https://shop.example/job-123/history",
        "https://shop.example/job-123?next=1",
        "https://shop.examplejob-123",
        "ftp://shop.example/job-123",
        "javascript://shop.example/job-123",
        "http://[/job-123",
    ],
)
def test_it_names_no_ticket_where_there_is_none(text: str) -> None:
    assert ticket_in(text, ours) is None


def test_it_trusts_no_address_without_a_host() -> None:
    assert ticket_in("file:///job-123", lambda host: bool(host)) is None


def test_it_knows_a_ticket_by_kind_and_number() -> None:
    assert ticket_in("ord-45", ours) == Ticket("ord", 45)
