"""A backup that is restored somewhere else is the same shop."""

import sqlite3
from threading import Event, Thread

import psycopg
import pytest
from django.db import connections

from jobs.models import Job
from orders.models import Order
from printshop.backup.tests.shops import add_picture, contents, opened, own_url, rows_of
from printshop.testing import make_jobs, make_orders, make_skus

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.trust(case="backup restored elsewhere", expects="every row and file, of one moment of the shop"),
]
WITHOUT_LINES = "SELECT id FROM orders_order WHERE id NOT IN (SELECT order_id FROM orders_lineitem)"
BROKEN_SUMS = """SELECT id FROM orders_order AS o WHERE o.subtotal <>
    (SELECT sum(line.total) FROM orders_lineitem AS line WHERE line.order_id = o.id)"""


def test_it_restores_every_row_and_file_where_there_is_nothing(back_up, elsewhere, media):
    make_jobs(3)
    add_picture("Front")
    archive, before = back_up(), rows_of(own_url())
    # What comes later is not in it.
    make_skus(5, "later")
    done = elsewhere.manage("restore", str(archive))
    assert done.returncode == 0, done.stderr
    assert "1 media" in done.stdout
    assert elsewhere.rows() == before
    assert elsewhere.media() == contents(media)
    refused = elsewhere.manage("restore", str(archive))
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    with opened(elsewhere.url) as database:
        database.execute("UPDATE catalog_sku SET name = 'spoilt'")
        database.execute("CREATE TABLE of_a_newer_release (id bigint)")
    replaced = elsewhere.manage("restore", str(archive), "--force", SECRET_KEY="another secret key")
    assert replaced.returncode == 0, replaced.stderr
    assert "no customer's password will fit" in replaced.stderr
    assert elsewhere.rows() == before
    with pytest.raises((sqlite3.Error, psycopg.Error), match="of_a_newer_release"):
        elsewhere.query("SELECT * FROM of_a_newer_release")
    # It goes on where it was: new rows get numbers that nobody has.
    assert elsewhere.manage("shell", "-c", "from printshop.testing import make_jobs; make_jobs()").returncode == 0
    assert elsewhere.query("SELECT count(*), max(id) FROM jobs_job") == [(4, Job.objects.latest("pk").pk + 1)]


def test_it_is_one_moment_of_a_shop_that_goes_on(back_up, elsewhere):
    make_orders()
    begun, over = Event(), Event()

    def trade() -> None:
        number = 0
        while not over.is_set():
            make_orders(2, quantity=3)
            add_picture(f"Picture {number}")
            number += 1
            if number == 3:
                begun.set()
        connections.close_all()

    customers = Thread(target=trade)
    customers.start()
    try:
        assert begun.wait(60)
        archive = back_up()
        at_the_end = Order.objects.count()
        while Order.objects.count() == at_the_end and customers.is_alive():
            over.wait(0.02)
    finally:
        over.set()
        customers.join()
    done = elsewhere.manage("restore", str(archive))
    assert done.returncode == 0, done.stderr
    [(orders,)] = elsewhere.query("SELECT count(*) FROM orders_order")
    assert 7 <= orders < Order.objects.count()
    assert elsewhere.query(BROKEN_SUMS) == []
    assert elsewhere.query(WITHOUT_LINES) == []
    named = {name for (name,) in elsewhere.query("SELECT file FROM catalog_media WHERE file <> ''")}
    assert len(named) >= 3
    assert named <= elsewhere.media().keys()
