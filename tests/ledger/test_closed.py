"""A part of the case that is shut is told as shut: what, where, what it means, the next call. Nothing else is the reason."""

import stat
from pathlib import Path

import pytest

from tests.case.test_rim_permissions import content, in_house_form, place, run  # noqa: F401 - a fixture


def posting(case: Path) -> str:
    return next(str(p.relative_to(case)) for p in (case / "ledger/segments").glob("*-posting.parquet"))


SHUT = {
    "a segment, read": (posting, 0o000, ("status",), "No permission to read "),
    "a segment, verified": (posting, 0o000, ("verify",), "No permission to read "),
    "a segment, appended to": (posting, 0o000, ("load", "later.sta"), "No permission to read "),
    "the folder of the segments": (lambda _: "ledger/segments", 0o000, ("status",), "No permission to read segments"),
    "the ledger": (lambda _: "ledger", 0o000, ("status",), "No permission for "),
    "out": (lambda _: "out", 0o500, ("annex", "R4"), "No permission to write into the folder out"),
}


@pytest.mark.parametrize("name", list(SHUT))
def test_what_is_shut_is_told_as_shut(place: Path, name: str) -> None:  # noqa: F811
    where, mode, call, told = SHUT[name]
    case = place / "case"
    there = case / where(case)
    before, was = content(case), stat.S_IMODE(there.stat().st_mode)
    there.chmod(mode)
    done = run(place, *call)
    there.chmod(was)
    assert told in in_house_form(done)
    assert str(there) in done.stderr
    assert "ls -ld" in done.stderr
    for wrong in ("rebuild", "free space", "missing", "damaged from"):
        assert wrong not in done.stderr, "the reason is the permission, and nothing is broken"
    assert {k: v for k, v in content(case).items() if k in before and k.startswith("ledger")} == {
        k: v for k, v in before.items() if k.startswith("ledger")
    }
    assert run(place, "verify").returncode == 0
