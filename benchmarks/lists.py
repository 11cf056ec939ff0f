"""The command for the admin's lists in a large shop: `python -m benchmarks.lists`, with `--database` and `--rounds`."""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main("benchmarks.listing"))
