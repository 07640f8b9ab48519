"""Every file of every public corpus through the verb `load`: what became of it, and that no record went missing.

All connectors are tried on all files, the schemas, licences and counts included: a file that none claims is told so with the
list of what was tried. A corpus is loaded in cases of twenty files, twins in one case, so that intake meets them; nothing is
sampled or cut. The totals are asserted as they are: a change is a change of what tracer reads, and is looked at.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pytest

import tracer
from tests.connectors.tables import asked, source
from tracer.ingest import NeedsAnswer
from tracer.ingest.proposal import propose
from tracer.ingest.registry import installed
from tracer.model import TracerError

_TOGETHER = 20


@dataclass(frozen=True)
class Totals:
    """What became of the files of one corpus; `unclaimed` and `twins` are refusals of their own sort.

    raw = parsed + set_aside, all three of records. `parts` are no records: a field of a record that loaded, text between.
    """

    files: int
    reconciled: int = 0
    flagged: int = 0
    refused: int = 0
    unclaimed: int = 0
    twins: int = 0
    raw: int = 0
    parsed: int = 0
    set_aside: int = 0
    parts: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return " ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))


#: Checked against what the SOURCE.md of each corpus counts without tracer: 119 statements in the 19 BODS examples and one in
#: each of the 111 valid and 192 invalid files; 73 MT940 lines less 7 in the twin (jejik); 25, 36 and 61 less 12 in two twins
#: camt entries (genkgo, viafintech, iso20022js); 33 FAIM files with a message less one twin. Three of bank2ynab are exports whose
#: profiles ship (Commerzbank, Sparkasse, and Rabobank, an excerpt whose balances do not follow). The eight of csv2ofx are asked
#: about: their header is known, their account is not stated; ten QIF lists print no currency, and are asked about, too. Of 87
#: OFX and QIF records 15 are set aside: 13 transfers between accounts that are orders and no lines, 2 of an investment list. Of the 22 texts set aside in BODS, 10 are statements of which
#: nothing loads (no record id, no type, no subject, no details), and 12 are a share or the interests of a relationship that
#: loads without them: 422 - 10 = 412. Of the 5 of prowide, 3 are records (a message without fields, a line 61 that is none, an
#: MT101 that orders nothing), and 2 are text before and behind messages: 170 - 3 = 167. The 17 orders and statuses of
#: iso20022js hold 18 transactions, and 5 that name none are one record each: 49 + 23 = 72. The 21 of BAI2 are its 17 + 4
#: lines 16. Flagged by a mark alone: 6 files of BODS (a year where a day should stand), 21 payments of prowide without field 32A, 8 statements that print no account (or print it on the line of
#: field 20), one whose later pages are missing, two payments of prowide-iso20022 whose heading states another sum, two batches of genkgo that print 2 payments and detail 3, and one reversal
#: (viafintech) whose side no balance proves.
EXPECTED: dict[str, Totals] = {
    "amlsim": Totals(3, unclaimed=3),
    "bank2ynab-csv": Totals(35, reconciled=2, flagged=1, unclaimed=30, twins=2, raw=5, parsed=5),
    "bods-0.4": Totals(
        344, reconciled=294, flagged=28, unclaimed=21, twins=1, raw=422, parsed=412, set_aside=10, parts=12
    ),
    "csv2ofx": Totals(61, reconciled=19, flagged=4, refused=18, unclaimed=18, twins=2, raw=87, parsed=72, set_aside=15),
    "fed-participants": Totals(3, unclaimed=3),
    "fincen-files": Totals(3, unclaimed=3),
    "ftm-parteispenden": Totals(3, unclaimed=3),
    "genkgo-camt": Totals(66, reconciled=10, flagged=15, refused=1, unclaimed=39, twins=1, raw=25, parsed=25),
    "gleif-api-json": Totals(161, unclaimed=145, twins=16),
    "iso20022-xsd": Totals(72, unclaimed=72),
    "iso20022js-bank-samples": Totals(34, reconciled=16, flagged=6, unclaimed=10, twins=2, raw=72, parsed=72),
    "jejik-mt940": Totals(28, reconciled=8, flagged=14, unclaimed=5, twins=1, raw=66, parsed=66),
    "moov-bai2": Totals(4, reconciled=1, flagged=1, unclaimed=2, raw=21, parsed=21),
    "moov-fincen-bsa": Totals(17, reconciled=10, unclaimed=7, raw=20, parsed=20),
    "moov-wire-faim": Totals(54, reconciled=32, refused=1, unclaimed=20, twins=1, raw=32, parsed=32),
    "prowide-core-fin": Totals(
        196, reconciled=84, flagged=40, unclaimed=70, twins=2, raw=170, parsed=167, set_aside=3, parts=2
    ),
    "prowide-iso20022": Totals(25, reconciled=12, flagged=2, unclaimed=11, raw=13, parsed=13),
    "uk-ch-enumerations": Totals(2, unclaimed=2),
    "viafintech-camt": Totals(17, reconciled=4, flagged=7, refused=3, unclaimed=3, raw=36, parsed=36),
    "wolph-mt940": Totals(112, reconciled=13, flagged=31, unclaimed=66, twins=2, raw=235, parsed=227, set_aside=8),
}


def groups(paths: list[Path]) -> Iterator[list[Path]]:
    """Yield twenty files or a few more at a time, files of the same bytes together."""
    same: dict[str, list[Path]] = {}
    for path in paths:
        same.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(path)
    found: list[Path] = []
    for twins in same.values():
        found += twins
        if len(found) >= _TOGETHER:
            yield found
            found = []
    if found:
        yield found


def load(folder: Path, paths: list[Path], **answers: str) -> tuple[Totals, Counter[str]]:
    """Load files into a new case and check each outcome; return the totals and the exhibits per connector."""
    case = tracer.new(folder, id="CORPUS", title="Public samples", as_of="2026-01-01", by="A. Officer")
    view = case.load(*paths, answers=answers)
    rows = list(view)
    assert [row["file"] for row in rows] == [path.name for path in paths]
    refusals = [block for block in view.explain().split("\n\n") if block.rstrip().endswith("]")]
    told = iter(refusals)
    outcomes: Counter[str] = Counter()
    per_connector: Counter[str] = Counter()
    for row in rows:
        assert row["raw"] == row["parsed"] + row["set_aside"], row
        assert row["conflict"] == 0, row
        outcome = row["outcome"]
        if outcome in {"refused", "twin"}:
            what, where, meaning, next_call, name = next(told).strip().splitlines()
            assert row["file"] in f"{what} {where}", row
            assert meaning.endswith("."), meaning
            assert next_call.startswith("Next: "), next_call
            assert row["raw"] == 0
            if what.startswith("No connector claims"):
                outcome = "unclaimed"
                assert all(f"{one.name} ({one.title})" in meaning for one in installed())
            assert name in {
                "[UnclaimedExhibit]",
                "[UnreadableExhibit]",
                "[TwinExhibit]",
                "[NeedsAnswer]",
                "[CaseError]",
            }
        else:
            assert outcome in {"loaded-and-reconciled", "loaded-and-flagged"}, row
            per_connector[str(row["connector"])] += 1
        outcomes[outcome] += 1
    assert next(told, None) is None
    assert case.verify().check() == ()
    # Every reason is told once: of these samples no record has two.
    reasons = sum(row["set_aside"] + row["parts_aside"] for row in rows)
    assert reasons == case.ledger.counts().get("reject", 0)
    return Totals(
        len(paths),
        outcomes["loaded-and-reconciled"],
        outcomes["loaded-and-flagged"],
        outcomes["refused"],
        outcomes["unclaimed"],
        outcomes["twin"],
        sum(row["raw"] for row in rows),
        sum(row["parsed"] for row in rows),
        sum(row["set_aside"] for row in rows),
        sum(row["parts_aside"] for row in rows),
    ), per_connector


def test_every_corpus_is_expected_here(corpora: Path) -> None:
    assert sorted(EXPECTED) == sorted(path.name for path in corpora.iterdir() if path.is_dir())


@pytest.mark.parametrize("corpus", sorted(EXPECTED))
def test_each_file_ends_in_an_outcome_and_no_record_is_lost(
    corpora: Path, tmp_path: Path, corpus: str, tell: Callable[[str], None]
) -> None:
    total, connectors = Totals(0), Counter[str]()
    paths = sorted(path for path in (corpora / corpus).rglob("*") if path.is_file())
    for number, together in enumerate(groups(paths)):
        found, claimed = load(tmp_path / f"case{number}", together)
        total, connectors = total + found, connectors + claimed
    tell(f"{corpus}: {total} {dict(connectors)}")
    assert total == EXPECTED[corpus]


@pytest.mark.parametrize(
    ("corpus", "expected"),
    [
        ("bank2ynab-csv", Totals(32, reconciled=19, flagged=13, raw=765, parsed=700, set_aside=65)),
        ("csv2ofx/test", Totals(25, reconciled=22, flagged=3, raw=113, parsed=110, set_aside=3)),
    ],
)
def test_bank_exports_load_through_the_profile_that_tracer_proposes(
    corpora: Path, tmp_path: Path, corpus: str, expected: Totals, tell: Callable[[str], None]
) -> None:
    """No profile ships for these banks: the proposal is saved, its questions are answered as a person would, and loaded.

    A question has the same answer in every file, so the figures need not be the bank's; that no row is lost does not depend on it.
    """
    total = Totals(0)
    waiting = unproposed = 0
    for number, path in enumerate(sorted(p for p in (corpora / corpus).iterdir() if p.is_file())):
        work = tmp_path / f"w{number}"
        work.mkdir()
        try:
            proposal = propose(source(work, "x", path.read_bytes()))
        except NeedsAnswer:
            waiting += 1
            continue
        except TracerError as refusal:
            unproposed += len(refusal.lines()) == 5
            continue
        profile = work / "profile.yaml"
        profile.write_text(proposal.profile_yaml, "utf-8")
        answers = asked(proposal)
        found, claimed = load(work / "case", [path], profile=str(profile), **answers)
        assert set(claimed) <= {"table"}
        total += found
    assert total.files + unproposed + waiting == number + 1
    tell(f"{corpus}, proposed profiles: {total} not proposed {unproposed} asked {waiting}")
    assert total == expected
