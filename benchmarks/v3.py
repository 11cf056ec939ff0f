"""The command for the v3 dialect: `python -m benchmarks.v3`, with `--rounds`, `--warmup`, `--database` and `--seed`."""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main("benchmarks.storefront"))
