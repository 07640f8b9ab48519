"""How long one waits: `import tracer` under 0.3 s, and the sample case from raw files to annex under 60 s after install.

Both in fresh processes. The import is the median of nine, less nothing: the interpreter's own start is in it and is
printed beside it. The sample runs twice, first with an empty cache of compiled kernels, as just after the install.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    return 0 if begun < 0.3 and max(kept) < 60 else 1


if __name__ == "__main__":
    raise SystemExit(main())
