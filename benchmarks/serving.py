"""Serves the addresses of a benchmark at a port, as `waitress-serve` does: `python -m benchmarks.serving 8001`."""

import sys

import waitress

from benchmarks.measure import prepare

if __name__ == "__main__":
    prepare()
    from printshop.wsgi import application

    waitress.serve(application, host="127.0.0.1", port=int(sys.argv[1]), threads=4, _quiet=True)
