"""The sample case end to end: the planted truth to the cent, INT without a trace, the same bytes twice."""

import contextlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import tracer
from tracer.case import Case

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "harbour"
TRUTH = json.loads((SAMPLE / "expected.json").read_text("utf-8"))
RULES = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")


@pytest.fixture(scope="module")
def case(harbour_copy: Callable[[Path], Case], tmp_path_factory: pytest.TempPathFactory) -> Case:
    return harbour_copy(tmp_path_factory.mktemp("harbour") / "case")


def test_every_file_is_loaded_or_kept_and_every_record_accounted_for(case: Case) -> None:
    statuses = {e.name: e.status for e in case.exhibits.all()}
    assert set(statuses.values()) == {"loaded-and-reconciled", "kept"}, statuses
    assert len(case.facts()["posting"]) == TRUTH["postings"]
    assert case.facts()["reject"] == {}
    sums = [c for c in case.dossier().reconciliations if c.check == "sum"]
    assert sums
    # GUIDE.md: the OFX prints no opening balance, so that nothing can be said of its sum; every other statement ties.
    (unopened,) = [e.sha256 for e in case.exhibits.all() if e.name.endswith(".ofx")]
    assert {c.outcome for c in sums if c.cite.exhibit != unopened} == {"ok"}
    assert [c.outcome for c in sums if c.cite.exhibit == unopened] == ["not_stated"]


@pytest.mark.parametrize("asset", sorted(TRUTH["assets"]))
def test_the_planted_truth_of_the_assets(case: Case, asset: str) -> None:
    expected = TRUTH["assets"][asset]
    (found,) = [t for t in case.dossier().trace.targets if t.target == f"sink:ASSET:{asset}"]
    assert {rule: found.by_rule[rule] for rule in RULES} == {rule: expected[rule] for rule in RULES}
    assert (found.recorded, found.currency) == (expected["recorded"], expected["currency"])
    assert (found.bounds.floor, found.bounds.ceiling) == (expected["floor"], expected["ceiling"])
    assert found.bounds.words_floor
    assert found.bounds.words_ceiling


@pytest.mark.parametrize("sink", sorted(TRUTH["sinks"]))
def test_the_planted_truth_of_what_left_the_trail(case: Case, sink: str) -> None:
    expected = TRUTH["sinks"][sink]
    (found,) = [t for t in case.dossier().trace.targets if t.target == sink]
    assert {rule: found.by_rule[rule] for rule in RULES} == {rule: expected[rule] for rule in RULES}
    for figure in {"floor", "ceiling", "recorded"} & set(expected):
        assert getattr(found.bounds, figure) == expected[figure], figure


def test_every_rule_lies_between_floor_and_ceiling(case: Case) -> None:
    for target in case.dossier().trace.targets:
        for rule, amount in target.by_rule.items():
            assert target.bounds.floor <= amount <= target.bounds.ceiling, (target.target, rule)


def test_the_emptied_accounts_hold_nothing_of_the_proceeds(case: Case) -> None:
    for account in case.dossier().trace.accounts:
        if any(name in account.account for name in ("447882001838", "447120016")):
            assert set(account.rows[-1].held.values()) == {0}


def test_the_reversal_is_void_and_the_missing_month_is_a_gap(case: Case) -> None:
    made = case.dossier()
    assert sum(1 for t in made.transfers if t.reversed_by) == 1
    gaps = [g for g in made.gaps if g.kind == "missing_statement"]
    assert [(g.amount, g.currency) for g in gaps] == [(760_000, "EUR")]
    assert ["2024-08"] in [list(c.missing) for c in made.coverage]
    assert any(str(day) == "2024-08-05" for _, day, _ in made.trace.blocks)


def test_the_owners(case: Case) -> None:
    truth = TRUTH["owners"]
    verdicts = {(v.person, v.law): v for v in case.dossier().verdicts if v.target == truth["target"]}
    for person, share in truth["own"].items():
        figure = verdicts[(person, "us_cdd")].figures
        assert Fraction(share) in {s.lo for s in figure.values()}, figure
    for law in ("uk_psc", "eu_amlr"):
        found = {person: v.verdict for (person, name), v in verdicts.items() if name == law}
        for person, expected in truth[law].items():
            assert found.get(person, "NO") == expected, (law, person)


def test_the_wires_once_each_with_their_grade(case: Case) -> None:
    found = {w.wire_id: w for w in case.dossier().wires}
    for wire_id, expected in TRUTH["wires"].items():
        wire = found[wire_id]
        assert (wire.settled_max, wire.grade) == (expected["settled_max"], expected["grade"]), wire_id
        grades = {us.id: us.grade for us in wire.us}
        for institution, grade in expected["us"].items():
            assert grades.get(institution) == grade, (wire_id, grades)


def _texts(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix in {".xlsx", ".docx"}:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())
    return data


def test_intelligence_leaves_no_mark_on_any_output(case: Case) -> None:
    outputs = [p for p in (case.folder / "out").rglob("*") if p.is_file()]
    assert any(p.suffix == ".xlsx" for p in outputs)
    for path in outputs:
        text = _texts(path)
        for secret in TRUTH["int_strings"]:
            assert secret.encode() not in text, f"{secret} in {path.name}"
            assert secret.encode("utf-16-le") not in text
    for view in (case.trace(), case.owners(), case.nexus(), case.problems(), case.reconcile()):
        assert not any(secret in repr(view) + view.explain() for secret in TRUTH["int_strings"])


def test_without_the_intelligence_the_same_bytes(case: Case, tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample)
    listing = sample / "intake.csv"
    listing.write_text(
        "".join(x for x in listing.read_text("utf-8").splitlines(keepends=True) if "fiu_lead" not in x), "utf-8"
    )
    (sample / "raw" / "fiu_lead.txt").unlink()
    with contextlib.redirect_stdout(io.StringIO()):
        bare = tracer.demo(sample, tmp_path / "case")
    there = {
        p.relative_to(case.folder / "out"): p.read_bytes() for p in (case.folder / "out").rglob("*") if p.is_file()
    }
    here = {p.relative_to(bare.folder / "out"): p.read_bytes() for p in (bare.folder / "out").rglob("*") if p.is_file()}
    assert sorted(there) == sorted(here)
    assert [str(name) for name in there if there[name] != here[name]] == []


def test_everything_verifies_and_a_rebuild_changes_nothing(case: Case) -> None:
    assert case.verify().check() == ()
    head = case.ledger.content_head()
    assert "unchanged" in case.rebuild().foot
    assert case.ledger.content_head() == head


def test_the_screen_tells_the_whole(demonstrated: Any) -> None:
    text = demonstrated.screen
    for part in (
        "12 Lantern Cove",
        "210,000.00",
        "640,000.00",
        "Harborline Residences LLC",
        "QXMBUS3N",
        "2024-09",
        "Next: tracer",
    ):
        assert part in text, part


def test_every_figure_of_the_trace_has_a_cite(case: Case) -> None:
    shas = {e.sha256 for e in case.dossier().exhibits}
    for account in case.dossier().trace.accounts:
        for row in account.rows[1:]:
            if not row.posting.startswith(("gap:", "opening:")):
                assert row.cite is not None
                assert row.cite.exhibit in shas


def test_a_day_whose_order_nobody_gives_is_told_where_proceeds_were_in_the_account(case: Case) -> None:
    """Northquay, 5 August: 100,000 of other money came and 150,000 left; debits first, LIBR would send 600,000 to BROK."""
    days = [(gap.affects, gap.period) for gap in case.dossier().gaps if gap.kind == "unordered_day"]
    assert days == [(("AE:099:447120016",), (date(2024, 8, 5), date(2024, 8, 5)))]


def test_the_planted_range_over_the_orders_of_5_august(case: Case) -> None:
    found = {t.target: (t.orders, t.by_order) for t in case.dossier().trace.targets if t.by_order}
    expected = {
        target: (planted["orders"], {rule: tuple(planted[rule]) for rule in RULES})
        for target, planted in TRUTH["orders"].items()
    }
    assert found == expected


@pytest.mark.parametrize("kind", sorted(TRUTH["effects"]))
def test_the_planted_effect_of_each_gap_on_each_figure(case: Case, kind: str) -> None:
    found: dict[str, dict[str, list[int]]] = {}
    for gap in case.dossier().gaps:
        for effect in gap.effects if gap.kind == kind else ():
            if not effect.target.startswith("sink:GAP:"):
                found.setdefault(effect.target, {})[effect.figure] = [effect.least, effect.most]
    assert found == TRUTH["effects"][kind]
    resting = {t.target for t in case.dossier().trace.targets if t.rests_on and not t.target.startswith("sink:GAP:")}
    assert set(found) <= resting
