"""Load and soak, in brief; `minutes.py` does the same for longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from printshop.tests.trust.load.running import judged, load
from printshop.tests.trust.load.street import Street, street
from printshop.tests.trust.load.watching import growth, percentile

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SECONDS, TROUBLE_EVERY = 5, 1
# A process that has just begun still takes in what it needs.
ALLOWED = {"megabytes": 1.5, "threads": 1.2, "files": 1.3, "sessions": 1.5}
# A byte comes every half second: whoever had to wait for slow bodies would wait for minutes.
PATIENCE = 20


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Street]:
    with street(tmp_path) as made:
        yield made


@pytest.mark.trust(
    case="many clients for a few seconds", expects="only documented answers; others are served; nothing lost or doubled"
)
def test_it_serves_everybody_when_many_come_at_once(shops: Street, tmp_path: Path, record_property) -> None:
    run = load(shops, tmp_path, SECONDS, seed=7)
    assert judged(run) == []
    record_property("figures", run.figures())
    assert run.beside_slow_ones.unserved + run.watch.unserved == []
    assert percentile(run.beside_slow_ones.waits, 0.99) < PATIENCE
    assert growth(run.watch.samples, ALLOWED) == []


def test_it_tells_what_grows_from_the_first_third_to_the_last() -> None:
    samples = {"megabytes": [90, 100, 100, 100, 140, 150, 111, 111, 300], "threads": [8] * 9}
    assert growth(samples, {"megabytes": 1.1, "threads": 1.0, "sessions": 1.0}) == ["megabytes grew from 100 to 111"]
    assert growth(samples, {"megabytes": 1.2}) == []


@pytest.mark.trust(
    case="many clients and one fault after the other, for a few seconds",
    expects="calls sent again under their keys come to one answer and one effect; nothing lost or doubled",
)
def test_it_loses_nothing_whatever_befalls_it_meanwhile(shops: Street, tmp_path: Path, record_property) -> None:
    run = load(shops, tmp_path, SECONDS, seed=7, every=TROUBLE_EVERY)
    assert judged(run) == []
    record_property("figures", run.figures())
