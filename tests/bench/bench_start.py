"""How long one waits: `import tracer` under 0.3 s, the sample case from raw files to annex under 60 s after install, and the
first trace of a case under 5 s where nothing was compiled before.

All in fresh processes. The import is the median of nine, less nothing: the interpreter's own start is in it and is
printed beside it. The sample runs twice, first with an empty cache of compiled kernels, as just after the install. The first
trace is CPU time of its process, reading the records and whatever it compiles included, the import left out.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: Opens a case, traces it once, prints how long that took.
TRACE = """import sys, time, tracer
began = time.process_time()
tracer.open(sys.argv[1]).trace()
print(time.process_time() - began)"""
ROOT = Path(__file__).resolve().parents[2]


def seconds(*command: str, **env: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def main() -> int:
    bare = statistics.median(seconds(sys.executable, "-c", "pass") for _ in range(9))
    begun = statistics.median(seconds(sys.executable, "-c", "import tracer") for _ in range(9))
    print(f"import tracer: {begun:.3f} s, of which Python's own start {bare:.3f} s; limit 0.300 s")
    kept = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, title in enumerate(("kernels not yet compiled", "kernels compiled before")):
            sample = ("demo", f"{scratch}/case{number}", "--sample", "sample_data/harbour")
            spent = seconds(sys.executable, "-m", "tracer.cli", *sample, NUMBA_CACHE_DIR=f"{scratch}/kernels")
            kept.append(spent)
            print(f"the sample case, {title}: {spent:.1f} s; limit 60.0 s")
        first = subprocess.run(
            (sys.executable, "-c", TRACE, f"{scratch}/case0"),
            cwd=ROOT,
            env={**os.environ, "NUMBA_CACHE_DIR": f"{scratch}/nothing"},
            check=True,
            capture_output=True,
            text=True,
        )
        traced = float(first.stdout)
        print(f"the first trace of the sample case, nothing compiled before: {traced:.1f} s of CPU time; limit 5.0 s")
    return 0 if begun < 0.3 and max(kept) < 60 and traced < 5 else 1


if __name__ == "__main__":
    raise SystemExit(main())
