"""Runs one command and writes down what it used: `python -I -S launch.py FILE COMMAND...`.

A program of its own, because on Linux a new process inherits the peak memory of the one that starts it. This
one imports next to nothing, so little is inherited.
"""

import json
import os
import sys
import time

began = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - began
unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
with open(sys.argv[1], "w") as file:  # noqa: PTH123 - pathlib would double this program's memory
    found = {
        "code": os.waitstatus_to_exitcode(status),
        "wall": wall * 1000,
        "cpu": (usage.ru_utime + usage.ru_stime) * 1000,
        "rss": usage.ru_maxrss / unit,
    }
    json.dump(found, file)
