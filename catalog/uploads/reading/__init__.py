"""Files that people upload, read row by row: CSV, XLSX, JSON and JSON lines.

`detect` looks at a file once and says what it is, `rows` gives its rows one after another whatever its size, `guess`
says which column is which field, `raws` what the cells of a row mean under that mapping, and `returned` gives rows back
in the columns of their file. Nothing is judged here but whether a file can be read: what cannot is `Unreadable`, with a
sentence for whoever chose it.

Rows are numbered as people see them: as a spreadsheet does (records, blank ones counted; a record that holds line
breaks is one), by the line in JSON lines, and from 1 in JSON.
"""

from catalog.uploads.reading.columns import Mapping, guess, mapping_faults
from catalog.uploads.reading.fields import Raw
from catalog.uploads.reading.files import SUFFIXES, detect, read_again, rows
from catalog.uploads.reading.formats import MAX_BYTES, MAX_ROWS, MAX_WORKBOOK_ROWS, Format, Numbered, Unreadable
from catalog.uploads.reading.raws import raws
from catalog.uploads.reading.returning import returned

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "MAX_WORKBOOK_ROWS",
    "SUFFIXES",
    "Format",
    "Mapping",
    "Numbered",
    "Raw",
    "Unreadable",
    "detect",
    "guess",
    "mapping_faults",
    "raws",
    "read_again",
    "returned",
    "rows",
]
