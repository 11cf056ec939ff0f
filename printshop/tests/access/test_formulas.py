"""A formula in any text of the shop is text in every file: no cell and no header is one to a spreadsheet program."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from catalog.tests.test_uploads import client_of
from printshop.api.actors import Role
from printshop.bulk.cells import NUMBER
from printshop.bulk.tests.deferred.callers import drain, later
from printshop.testing import key_client
from printshop.tests.access.callers import everywhere, people
from printshop.tests.access.probes import pages, probed_shop, upload_pages
from printshop.tests.desk import make_boss

# What is written does not depend on the database.
pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.trust(
        case="a formula in every text of the shop", expects="text in every cell and header of every file"
    ),
]
# Whatever begins like this is run (OWASP, "CSV Injection").
STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
FORMULA = "=HYPERLINK(A1)"


def cells_of(answer: Any) -> Iterator[str]:
    """The cells of a sheet, those of its header too."""
    media, content = answer.headers.get("Content-Type", ""), answer.getvalue()
    if media.startswith("text/csv"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            yield from row
    elif "spreadsheet" in media:
        for sheet_row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows():
            assert not [cell for cell in sheet_row if cell.data_type == "f"]
            yield from (cell.value for cell in sheet_row if isinstance(cell.value, str))


def is_sheet(answer: Any) -> bool:
    """Whether a file holds the formula, which has to be text."""
    cells = list(cells_of(answer))
    assert [cell for cell in cells if cell.startswith(STARTS) and not NUMBER.fullmatch(cell)] == []
    return any(FORMULA in cell for cell in cells)


def test_no_list_and_no_result_holds_a_formula() -> None:
    boss, names = people()["boss"], probed_shop(FORMULA)
    admin = key_client(Role.ADMIN)
    shown = {**boss, **everywhere(admin.key or "")}
    operation = later(admin, "/api/skus/bulk", {"skus": [{"id": FORMULA, FORMULA: FORMULA}], "errorPolicy": "partial"})
    drain()
    paths = [address.path(names) for address in pages() if any(end in address.template for end in ("export.", ".csv"))]
    paths += [path.replace("export.csv", "export.xlsx") for path in paths if "/sku/" in path]
    paths += [f"/api/bulk-operations/{operation}/results.csv?result={result}" for result in ("failed", "refused")]
    held = [path for path in paths if is_sheet(Client().get(path, headers=shown))]
    assert len(held) >= 6, held


def test_no_row_of_a_file_comes_back_as_a_formula(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    boss = make_boss()
    client = client_of(boss)
    assert [is_sheet(client.get(path)) for path in upload_pages(boss, FORMULA) if ".csv" in path] == [True] * 3
