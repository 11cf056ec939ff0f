"""What can be asked of the command."""

import argparse

CASES = ("orders", "jobs", "skus-new", "skus-changed", "skus-unchanged", "one-order", "one-job")

# What is measured, and the module that does it.
SECTIONS = {
    "calls": "benchmarks.measure",
    "v3": "benchmarks.storefront",
    "queue": "benchmarks.queueing",
    "selection": "benchmarks.selecting",
    "files": "benchmarks.filing",
    "imports": "benchmarks.importing",
    "uploads": "benchmarks.uploads",
    "http": "benchmarks.http",
    "start": "benchmarks.starting",
    "growth": "benchmarks.growth",
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description="Ours, the raw floor and the naive loop, side by side."
    )
    parser.add_argument("--rounds", type=int, default=25, help="measured rounds of each case (25)")
    parser.add_argument("--warmup", type=int, default=12, help="rounds before the clock starts (12)")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="may be repeated; all unless told")
    parser.add_argument("--only", action="append", choices=CASES, help="a call; may be repeated")
    parser.add_argument("--database", action="append", choices=("postgresql", "sqlite"), help="may be repeated")
    parser.add_argument("--without-naive", action="store_true", help="leave out plain Django and the naive loop")
    parser.add_argument("--processor", action="store_true", help="calls by processor time: for a busy machine")
    parser.add_argument("--profile", action="store_true", help="instead of the table: where our time goes")
    parser.add_argument("--orders", type=int, default=20_000, help="orders that the shop has already (20,000)")
    parser.add_argument("--skus", type=int, default=20_000, help="and SKUs (20,000)")
    parser.add_argument("--grown", type=int, default=500_000, help="orders of the large shop (500,000)")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file that is uploaded (100,000)")
    parser.add_argument("--import-export", action="store_true", help="imports: django-import-export too, installed now")
    parser.add_argument("--seed", type=int, default=1, help="decides the order within each round (1)")
    return parser.parse_args()
