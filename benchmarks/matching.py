"""The command for large selections: `python -m benchmarks.matching`, with `--database`."""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main("benchmarks.selecting"))
