"""The three bulk calls, measured side by side: ours, the raw floor below it, and the loop that everybody writes first.

`python -m benchmarks` (or `bin/bench`) prints the table; `docs/performance.md` says what it means.
"""
