"""The command for the queue: `python -m benchmarks.deferred`, with `--rounds`, `--warmup`, `--database`, `--seed`."""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main("benchmarks.queueing"))
