"""Who gets which answer where: every address of the URL table, knocked at by everybody, held to `matrix.txt`.

After a look at what has changed, `WRITE_MATRIX=1 bin/test printshop/tests/access/test_matrix.py` writes the table anew.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from printshop.api.actors import Role
from printshop.testing import key_client
from printshop.tests.access.callers import Shown, keys_shown, knock, people
from printshop.tests.access.routes import Address, addresses, furnish

# Who may what does not depend on the database.
pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(
        case="every address asked by every kind of caller",
        expects="the answer that matrix.txt says; no error; strict headers on every answer",
    ),
]
TABLE = Path(__file__).with_name("matrix.txt")
HEAD = """\
What each address answers to whom: written and checked by test_matrix.py. Bodies are empty, so a 400 or 422 has let in.
customer and cust-2 are keys of two customers, the things belong to the first; other is an operator of another account.
These and the four before them show their key in the headers of all dialects, native, v3 and bearer an administrator's
in one. cookie has it in cookies. visitor, bare (no permissions), staff (all) and boss (superuser) are signed in.

"""
Names = Mapping[str, str]
Callers = Mapping[str, Shown]
Answers = Mapping[Address, Mapping[str, Any]]


@pytest.fixture(scope="module")
def shop(shared: AbstractContextManager[None]) -> Iterator[tuple[Names, Callers]]:
    """What stands for the parameters of each address, and who asks there."""
    with shared:
        signed_in, names = people(), furnish(key_client(Role.ADMIN))
        yield names, keys_shown() | signed_in


@pytest.fixture(scope="module")
def answers(shop: tuple[Names, Callers]) -> Answers:
    """Every address, asked by everybody."""
    names, callers = shop
    return {one: {who: asked(one, one.path(names), shown) for who, shown in callers.items()} for one in addresses()}


def asked(address: Address, path: str, shown: Shown) -> Any:
    """The answer, whatever it changed being put back."""
    with transaction.atomic():
        answer = knock(address, path, shown)
        transaction.set_rollback(True)
    return answer


def written(answers: Answers) -> str:
    """The table as text."""
    width = max(map(len, map(str, answers)))
    who = list(next(iter(answers.values())))
    lines = [" " * width + "".join(f" {name:>8}" for name in who)]
    for address, by_whom in answers.items():
        lines.append(f"{address!s:{width}}" + "".join(f" {by_whom[name].status_code:>8}" for name in who))
    return HEAD + "\n".join(lines) + "\n"


def test_everybody_gets_the_answer_of_the_table(answers: Answers) -> None:
    table = written(answers)
    if os.environ.get("WRITE_MATRIX"):
        TABLE.write_text(table)
    assert table.splitlines() == TABLE.read_text().splitlines()


def each(answers: Answers) -> Iterator[tuple[Address, str, Any]]:
    return ((address, who, answer) for address, by_whom in answers.items() for who, answer in by_whom.items())


def test_a_key_counts_in_the_header_of_its_dialect_alone(answers: Answers) -> None:
    """What it opens in one header it opens nowhere else, in no cookie, and never in the admin."""
    for address, by_whom in answers.items():
        if address.template.startswith("/admin/"):
            continue
        opened = [who for who in ("native", "v3", "bearer") if by_whom[who].status_code != by_whom["none"].status_code]
        assert len(opened) <= 1, address
        assert by_whom["cookie"].status_code == by_whom["none"].status_code, address


def test_nothing_goes_wrong(answers: Answers) -> None:
    assert [(address, who) for address, who, answer in each(answers) if answer.status_code >= 500] == []


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_browsers_are_told_to_be_careful_with_every_answer(answers: Answers) -> None:
    for address, who, answer in each(answers):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (address, who)


def test_the_content_policy_is_strict_everywhere_and_looser_under_admin_alone(answers: Answers) -> None:
    for address, who, answer in each(answers):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy or address.template.startswith("/media/"), (address, who)
        assert "default-src 'none'" in policy, (address, who)
        assert "unsafe" not in policy or address.template.startswith("/admin/"), (address, who)
        assert not any(word in policy for word in ("http:", "https:", "*", "data: ;")), (address, who)


def test_answers_to_people_with_permissions_are_kept_by_no_cache_that_others_share(answers: Answers) -> None:
    for address, who, answer in each(answers):
        if address.template.startswith("/admin/") and who in ("staff", "boss") and answer.status_code == 200:
            assert "Cookie" in answer.headers.get("Vary", "") or "no-store" in answer.headers.get(
                "Cache-Control", ""
            ), address


def test_nothing_in_the_admin_is_posted_without_the_token_of_a_form(shop: tuple[Names, Callers]) -> None:
    names, callers = shop
    posts = [one for one in addresses() if one.method == "post" and one.template.startswith("/admin/")]
    passed = [
        str(one)
        for one in posts
        if knock(one, one.path(names), callers["boss"], enforce_csrf_checks=True).status_code != 403
    ]
    assert len(posts) > 100
    assert passed == []
