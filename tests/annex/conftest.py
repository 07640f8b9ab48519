import os

import pytest

from tracer.annex.recalc import found_soffice


@pytest.fixture(scope="session")
def soffice():
    """Real LibreOffice; without it the test is skipped, with CI=true it fails."""
    found = found_soffice()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice is not installed; with CI=true nothing is skipped")
        pytest.skip("LibreOffice is not installed: no forced recalculation on this machine")
    return found
