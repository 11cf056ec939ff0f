"""A web process is small and ready soon: what only some requests need is loaded when they come."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

MEGABYTES = 120
# Libraries for files, charts, mails and tests that an API call has no use for.
LATER = ("openpyxl", "python_calamine", "import_export", "tablib", "httpx", "numpy", "PIL", "hypothesis")
SCRIPT = f"""
import sys
import printshop.wsgi
print(",".join(name for name in {LATER!r} if name in sys.modules) or "nothing")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


def test_a_web_process_loads_nothing_it_may_never_need_and_stays_small(tmp_path: Path):
    environment = {**os.environ, "PRINTSHOP_VAR": str(tmp_path), "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], cwd=settings.BASE_DIR, env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    loaded, kilobytes = done.stdout.split()
    assert loaded == "nothing"
    assert int(kilobytes) / 1024 < MEGABYTES
