"""What another side can do to whoever posts to it: answer for ever, drip, or be somebody else."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from printshop.webhooks.sending import ANSWER_BYTES, Answer, post

pytestmark = pytest.mark.trust(
    case="receivers that drip, never end or are somebody else",
    expects="given up in time; nobody but the host named is told anything",
)

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.fixture(autouse=True)
def here(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True


def accepted(listener: socket.socket, wrap: ssl.SSLContext | None) -> socket.socket:
    plain, _ = listener.accept()
    return wrap.wrap_socket(plain, server_side=True) if wrap else plain


@contextmanager
def answering(answer: Callable[[socket.socket], Any], wrap: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that takes one connection and answers as told; its port."""

    def serve() -> None:
        with suppress(OSError), accepted(listener, wrap) as connection:
            received = b""
            while not received.endswith(b"{}"):
                received += connection.recv(65_536)
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def test_it_reads_no_more_of_an_answer_than_it_must():
    """An answer without an end is as good as its status, and the connection is closed."""

    def for_ever(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        while True:
            connection.sendall(b"x" * 65_536)

    with answering(for_ever) as port:
        assert post(f"http://127.0.0.1:{port}/", {}, b"{}") == Answer(200)


@pytest.mark.parametrize(("length", "expected"), [
    (ANSWER_BYTES, Answer(200)),
    (ANSWER_BYTES - 1, Answer(None, "No complete answer within 1 s.")),
])  # fmt: skip
def test_it_waits_for_64_kilobytes_of_an_answer_and_not_for_a_byte_more(length: int, expected: Answer):
    over = Event()

    def stop(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"x" * (length - len(HEAD)))
        over.wait(60)

    with answering(stop) as port:
        answer = post(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=1 if expected.error else 60)
        over.set()
    assert answer == expected


def test_a_head_without_an_end_is_no_answer():
    with answering(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 100_000)) as port:
        answer = post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert answer == Answer(None, "The head of its answer is longer than 64 KB.")


@pytest.mark.parametrize("begin", [b"", HEAD], ids=["head", "body"])
def test_an_answer_that_drips_does_not_begin_the_time_anew(begin: bytes):
    """Each piece comes well within the time that all of them have together."""
    over = Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(begin or b"HTTP/1.1 200 OK\r\nx-slow: ")
        while not over.wait(0.05):
            connection.sendall(b"x")

    with answering(drip) as port:
        answer = post(f"http://127.0.0.1:{port}/", {}, b"{}", seconds=0.4)
        over.set()
    assert answer == Answer(None, "No complete answer within 0.4 s.")


def certificate(name: str, signer: tuple[x509.Name, Any] | None = None, host: str = "") -> tuple[x509.Certificate, Any]:
    """A certificate and its key: of an authority, or of a host that an authority vouches for."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, by = signer or (subject, key)
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
    if host:
        names = [x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(by, hashes.SHA256()), key


def pem(one: x509.Certificate) -> str:
    return one.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that is hooks.example, and somebody who trusts its authority."""
    authority, by = certificate("An authority")
    own, key = certificate("hooks.example", (authority.subject, by), "hooks.example")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "host.pem").write_text(pem(own) + private.decode())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "host.pem")
    return server, ssl.create_default_context(cadata=pem(authority))


def over_tls(server: ssl.SSLContext, host: str, trusted: ssl.SSLContext | None) -> tuple[Answer, list[str]]:
    """What comes of posting to a host, and what its server has heard."""
    heard: list[str] = []

    def answer(connection: socket.socket) -> None:
        heard.append("a request")
        connection.sendall(HEAD)

    with answering(answer, server) as port:
        return post(f"https://{host}:{port}/", {}, b"{}", lambda *_: ["127.0.0.1"], trusted=trusted), heard


def test_it_speaks_to_the_host_that_the_certificate_names(tls: tuple[ssl.SSLContext, ssl.SSLContext]):
    """The name of the URL is checked, though the connection is made to an address."""
    server, trusted = tls
    assert over_tls(server, "hooks.example", trusted) == (Answer(200), ["a request"])


def test_it_tells_nothing_to_a_host_of_another_name(tls: tuple[ssl.SSLContext, ssl.SSLContext]):
    server, trusted = tls
    answer, heard = over_tls(server, "other.example", trusted)
    assert (answer.status, heard) == (None, [])
    assert "Hostname mismatch" in answer.error


def test_it_tells_nothing_to_a_host_that_nobody_known_vouches_for(tls: tuple[ssl.SSLContext, ssl.SSLContext]):
    """The authorities that are trusted by default do not know this one."""
    answer, heard = over_tls(tls[0], "hooks.example", None)
    assert (answer.status, heard) == (None, [])
    assert "certificate verify failed" in answer.error
