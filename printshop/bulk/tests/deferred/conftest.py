"""Houses for worker processes."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from printshop.bulk.tests.deferred.workers import House, broker_url, database_url, remove_queue


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes houses on the database of the test: `house(broker=…, VARIABLE=…)`."""
    made: list[House] = []

    def make(broker: str = "filesystem", **variables: str) -> House:
        folder = tmp_path / f"house-{len(made)}"
        folder.mkdir()
        made.append(House(folder, broker_url(broker), **{"DATABASE_URL": database_url(), **variables}))
        return made[-1]

    yield make
    for one in made:
        one.close()
        remove_queue(one)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows what its workers had to say."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder:
        report.sections += [(f"log of {log.parent.name}", log.read_text()) for log in folder.glob("house-*/log")]
    return report
