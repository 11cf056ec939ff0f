"""Which texts have come before, in memory that does not grow with them (Bloom, CACM 13(7), 1970).

All bits of a text stand in one word, as in the blocked filters of Putze, Sanders and Singler (ACM JEA 14, 2009): one
look at memory tells.
"""

import random
from array import array
from collections.abc import Iterable

WORDS, PATTERNS, BITS_OF_PATTERN = 1 << 21, 1 << 12, 3
LAST_WORD, LAST_PATTERN = WORDS - 1, PATTERNS - 1
# Two patterns make the bits of a text.
_draw = random.Random(1)
BITS = [sum(1 << bit for bit in _draw.sample(range(64), BITS_OF_PATTERN)) for _ in range(PATTERNS)]


class BloomFilter:
    """Is sure of what is new. Of a million texts it takes some twenty for known that are new after all; 16 MB."""

    def __init__(self) -> None:
        self.words = array("Q", bytes(8 * WORDS))

    def met(self, texts: Iterable[str]) -> list[str]:
        """Note texts; those that may have been noted before."""
        words, known = self.words, []
        for text in texts:
            number = hash(text)
            place = number & LAST_WORD
            bits = BITS[number >> 21 & LAST_PATTERN] | BITS[number >> 33 & LAST_PATTERN]
            word = words[place]
            if word & bits == bits:
                known.append(text)
            else:
                words[place] = word | bits
        return known
