import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The public sample corpora beside the checkout (TRACER_CORPORA names another place)."""
    place = Path(os.environ.get("TRACER_CORPORA", ROOT.parent / "shared" / "corpora"))
    if not place.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"public corpora not present: {place}; with CI=true nothing is skipped")
        pytest.skip(f"public corpora not present: {place}")
    return place


@pytest.fixture(scope="session")
def cases() -> Path:
    """The acceptance cases that ship with tracer."""
    return ROOT / "tracer" / "selftest_cases"


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A run started in the background inherits an ignored SIGINT, and so would every program that a test interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
