"""Webhooks never lead into the house, however its address is spelt."""

from typing import Any

import pytest

from printshop.webhooks.addresses import is_public, resolve, url_fault
from printshop.webhooks.sending import post
from printshop.webhooks.tests.conftest import Receiver

pytestmark = pytest.mark.trust(
    case="webhooks at private addresses, however spelt",
    expects="refused; nothing is sent there, nor where a redirect leads",
)

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
    "::1", "::", "fd00::1", "fc00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    "2001:0:7f00:1::",
]  # fmt: skip
SPELT = ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:7f00:1]", "localhost"]


@pytest.mark.parametrize("address", PRIVATE)
def test_it_knows_what_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "8.8.8.8"])
def test_it_knows_what_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize("host", SPELT)
def test_it_refuses_a_private_address_however_it_is_spelt(host: str):
    assert url_fault(f"https://{host}/hooks") == "must lead to a public address"
    assert post(f"http://{host}:9/hooks", {}, b"").error == "It leads to an address that is not public."


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "ftp://shop.example/", "https://", "https://u:p@shop.example/", "https://a b/",
     "https://shop.example/#x", "https://shop.example:0/", "https://shop.example:99999/", "//shop.example", "x"],
)  # fmt: skip
def test_it_refuses_what_is_no_address_of_a_receiver(url: str):
    assert url_fault(url)


def test_it_takes_an_ordinary_address():
    assert url_fault("https://shop.example:8443/hooks?from=printshop") == ""


@pytest.mark.parametrize("address", PRIVATE)
def test_it_judges_what_a_name_stands_for_when_it_sends(address: str):
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", address]

    answer = post("http://rebound.example/hooks", {}, b"", look_up)
    assert (answer.status, answer.error) == (None, "It leads to an address that is not public.")
    assert asked == ["rebound.example"]


def test_it_connects_to_the_address_that_was_judged(receiver: Receiver):
    """One look-up only: there is no second one that could answer otherwise."""
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = receiver.url.split(":")[2].split("/")[0]
    assert post(f"http://hooks.example:{port}/hooks", {}, b"{}", look_up).status == 204
    assert asked == ["hooks.example"]
    assert receiver.requests[0][0]["host"] == f"hooks.example:{port}"


def test_it_follows_no_redirect(receiver: Receiver):
    receiver.statuses, receiver.location = [302], receiver.url
    answer = post(receiver.url, {}, b"")
    assert (answer.status, answer.error) == (302, "Answered 302; redirects are not followed.")
    assert len(receiver.requests) == 1


def test_it_gives_up_in_time(settings: Any):
    import socket

    settings.WEBHOOK_ALLOW_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = post(f"http://127.0.0.1:{silent.getsockname()[1]}/", {}, b"", resolve, seconds=0.2)
    assert answer.error == "No complete answer within 0.2 s."


def test_it_says_that_nobody_is_there(settings: Any):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    assert post("http://127.0.0.1:9/", {}, b"").error.startswith("No connection")
