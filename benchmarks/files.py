"""The command for files: `python -m benchmarks.files`, with `--rounds` and `--database`."""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main("benchmarks.filing"))
