"""Values that have hurt programs before: numbers, texts and pieces of JSON, for every field there is."""

NUMBERS = (0, -1, -0.0, 1e-7, 0.1 + 0.2, 1.005, 10_001, 2**53 - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30,
           1e15, 1e300, -1e308)  # fmt: skip
TEXTS = (
    "", " ", " sku-0001 ", "٣", "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}", "1e3", "0x10", "true", "null",
    "None", "-1",
    "e\N{COMBINING ACUTE ACCENT}@mill.example", "é@mill.example", "İ@mill.example",
    "\N{LATIN SMALL LETTER LONG S}", "ß", "K",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", "a\N{ZERO WIDTH SPACE}b",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "\N{ZERO WIDTH NO-BREAK SPACE}", "a\nb", "a\r\nSet-Cookie: a=b", "\x1b[2J", "\x7f", "\x85", "\N{LINE SEPARATOR}",
    "x" * 255, "x" * 256, "x" * 10_000, "\U0001f600" * 64,
    "'; DROP TABLE orders_order; --", '" OR 1=1', "\\", "%s %(x)s {0}", "{{ 7*7 }}", "${7*7}", "{% now 'Y' %}",
    "<script>alert(1)</script>", "javascript:alert(1)", "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "../../etc/passwd",
    "0000-00-00", "2026-02-30", "9999-12-31", "9999-12-31T23:59:60Z", "2026-01-01T00:00:00",
    "1970-01-01T00:00:00+14:00",
    "nan", "Infinity", "[]", "{}", "ord-001", "ord-0000000000000000000001", "ord-9223372036854775808", "job-٣",
)  # fmt: skip
# As they stand in a body: Python's encoder writes none of these.
RAW = (
    "NaN", "-Infinity", "1e309", "-0", "007", "1" * 400, "9007199254740993", "0." + "1" * 400, '"\\ud800"',
    '"\\udc00\\ud800"', '"a\\u0000b"', '"\\x41"', "'a'", '{"id": 1, "id": 2}', "[" * 3000 + "]" * 3000,
    '{"a":' * 3000 + "1" + "}" * 3000, "", "undefined", "/* */ 1",
)  # fmt: skip
