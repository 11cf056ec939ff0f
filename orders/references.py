"""`ord-001`: the public id of a numbered thing, its prefix and its number padded to three digits."""

MAX_NUMBER = 2**63 - 1


def reference(prefix: str, number: int) -> str:
    """`reference("ord", 7)` is `ord-007`."""
    return f"{prefix}-{number:03d}"


def plain_number(text: str) -> int | None:
    """The number of a thing that has no prefix, or None for text that is not exactly one."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    return number if 0 < number <= MAX_NUMBER and str(number) == text else None


def number_in(prefix: str, text: str) -> int | None:
    """The number behind a public id, or None for text that is not exactly one: every thing has one spelling."""
    digits = text.removeprefix(f"{prefix}-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return None
    number = int(digits)
    return number if 0 < number <= MAX_NUMBER and reference(prefix, number) == text else None
