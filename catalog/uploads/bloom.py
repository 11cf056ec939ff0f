"""Which texts have come before, in memory that does not grow with them (Bloom, CACM 13(7), 1970)."""

BITS, PROBES = 1 << 26, 4
LAST = BITS - 1


class BloomFilter:
    """Is sure of what is new. Of a million texts it takes some ten for known that are new after all; 8 MB."""

    def __init__(self) -> None:
        self.bits = bytearray(BITS // 8)

    def add(self, text: str) -> bool:
        """Note a text; whether it may have been noted before."""
        place, step, known = hash(text) & LAST, hash(text) >> 26 & LAST | 1, True
        for _ in range(PROBES):
            byte, bit = place >> 3, 1 << (place & 7)
            if not self.bits[byte] & bit:
                self.bits[byte] |= bit
                known = False
            place = (place + step) & LAST
        return known
