"""Lists as files that are sent while they are read: an app declares the columns, the rest is here.

Neither memory nor the number of queries grows with the rows. No cell is a formula to a spreadsheet program, and what
was made text for that is read back as it was.
"""

from printshop.bulk.exports.tables import Column, Table, amount, stamp

__all__ = ["Column", "Table", "amount", "stamp"]
