"""A PostgreSQL that is silent is given up: by the client when it waits too long, by TCP when nobody acknowledges."""

import socket
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg_pool import ConnectionPool

from printshop.api.management.commands.migrate import patient
from printshop.api.patience import FRESH, PatientConnection, patient_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def sleep(cursor: CursorWrapper, seconds: float) -> None:
    cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_it_gives_a_server_up_that_takes_longer_than_a_statement_may() -> None:
    with connection.cursor() as cursor:
        assert connection.connection.patience == settings.STATEMENT_TIMEOUT_MS / 1000 + settings.DB_SILENCE_SECONDS
        connection.connection.patience = 0.2
        with pytest.raises(OperationalError, match="no answer within"):
            sleep(cursor, 2)
    assert connection.connection.closed
    # What a request finds next is a connection that works.
    connection.close()
    with connection.cursor() as cursor:
        sleep(cursor, 0)


def test_a_server_that_has_just_answered_is_not_asked_whether_it_is_there() -> None:
    with connection.cursor() as cursor:
        sleep(cursor, 0)
    wire: PatientConnection = connection.connection
    heard = wire.heard
    ConnectionPool.check_connection(wire)
    assert wire.heard == heard
    # Later somebody does ask.
    wire.heard = heard - FRESH
    ConnectionPool.check_connection(wire)
    assert wire.heard > heard


@pytest.mark.parametrize("idle", [0, FRESH])
def test_it_is_noticed_when_the_server_has_ended_a_connection(idle: float) -> None:
    with connection.cursor() as cursor:
        sleep(cursor, 0)
    wire: PatientConnection = connection.connection
    wire.heard -= idle
    with psycopg.connect(wire.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [wire.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        ConnectionPool.check_connection(wire)
    # What a request finds next is a connection that works.
    connection.close()
    with connection.cursor() as cursor:
        sleep(cursor, 0)


def test_a_migration_may_take_as_long_as_it_likes() -> None:
    with connection.cursor() as cursor, patient("default"):
        assert connection.connection.patience is None
        sleep(cursor, 0)
    assert connection.connection.patience == settings.DATABASE_PATIENCE_SECONDS


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_few_large_statements_may_take_longer_within_their_transaction() -> None:
    usual = timeout()
    with transaction.atomic(), patient_for(timedelta(minutes=15)):
        assert timeout() == "15min"
        assert connection.connection.patience == 15 * 60 + settings.DB_SILENCE_SECONDS
    assert timeout() == usual
    assert connection.connection.patience == settings.DATABASE_PATIENCE_SECONDS


def test_a_machine_that_acknowledges_nothing_is_given_up_by_tcp() -> None:
    connection.ensure_connection()
    info: psycopg.ConnectionInfo = connection.connection.info
    said = info.get_parameters()
    assert int(said["connect_timeout"]) == 5
    if not info.host.startswith("/"):
        with socket.socket(fileno=socket.dup(connection.connection.fileno())) as wire:
            milliseconds = settings.DB_SILENCE_SECONDS * 1000
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == milliseconds
            assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
