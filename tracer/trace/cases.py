"""Acceptance cases: one case of tracing_cases.json is read into entries and everything it states is compared.

passed: every figure agrees · failed: one does not · not covered: it needs a feature that tracer names as missing.
Compared in integer mode: the value under `cents` where the target is listed there, else the exact value, which is then
whole (tracing.md section 8). The figures come from the same `replay` and `bounds` that the verbs call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from tracer.model import Bounds, NotCovered
from tracer.trace.bounds import bounds, certificates
from tracer.trace.bounds_gaps import MissingPeriod, breakdown, with_gap
from tracer.trace.elected import Elections, Run, elect, run_elected
from tracer.trace.elections import feasible_orders, not_covered
from tracer.trace.entries import OTHER
from tracer.trace.events import Book, Event, Holding, enter, rows_of
from tracer.trace.order_reach import blocks_of
from tracer.trace.orders import figures_over_orders
from tracer.trace.replay import replay as run_rule
from tracer.trace.theories import (
    backward,
    daily,
    interbank,
    misposted,
    oatway,
    once_off,
    poison,
    section_984,
    section_1957,
    share_or_lien,
    value_order,
    walsh,
)

__all__ = ["CaseOutcome", "book_of", "run_case"]


@dataclass(slots=True)
class CaseOutcome:
    """What a case stated against what was computed: `details` are (path, computed, expected, agrees)."""

    id: str
    status: Literal["passed", "failed", "not_covered"] = "passed"
    details: list[tuple[str, str, str, bool]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def compare(self, path: str, computed: object, expected: object) -> None:
        agrees = computed == expected
        self.details.append((path, str(computed), str(expected), agrees))
        if not agrees:
            self.status = "failed"

    def differs(self, path: str, computed: object, wrong: object) -> None:
        agrees = computed != wrong
        self.details.append((path, str(computed), f"not {wrong}", agrees))
        if not agrees:
            self.status = "failed"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _event(raw: dict[str, Any]) -> Event:
    return Event(
        id=raw["id"],
        kind=raw["type"],
        account=raw.get("account", raw.get("from", "")),
        amount=raw.get("amount", 0),
        labels=tuple(sorted(raw.get("labels", {}).items())),
        to=raw.get("to", ""),
        credited=raw.get("credited"),
        sink=raw.get("sink", ""),
        sink_type=raw.get("sink_type", ""),
        of=raw.get("of", ""),
        day=_day(raw.get("date")),
        since=_day(raw.get("since")),
        available=_day(raw.get("available")),
        time=raw.get("time", ""),
        block=raw.get("block", ""),
        link=raw.get("link", ""),
        claimant=raw.get("claimant", ""),
        in_transit=raw.get("in_transit", False),
    )


def book_of(case: dict[str, Any]) -> Book:
    """Read accounts and events of a case."""
    holdings = tuple(
        Holding(
            name,
            raw.get("currency", "XXX"),
            tuple((label, amount) for label, amount in raw.get("opening", ())),
            raw.get("debt", 0),
            raw.get("facility"),
        )
        for name, raw in case["accounts"].items()
    )
    return Book(holdings, tuple(_event(raw) for raw in case["events"]), tuple(case["proceeds"]), case.get("sinks", {}))


def run_case(case: dict[str, Any], others: Callable[[str], dict[str, Any]] | None = None) -> CaseOutcome:
    """Run one case; `others` finds the ledger case a theory case refers to."""
    outcome = CaseOutcome(case["id"])
    expected = dict(case["expected"])
    try:
        if case["kind"] == "theory":
            _theory(case, expected, outcome, others)
        else:
            _ledger(case, expected, outcome)
        for key in expected:
            if key not in _COMPARED:
                raise not_covered(f"expected.{key}")
    except NotCovered as gone:
        if outcome.status != "failed":
            outcome.status = "not_covered"
        outcome.missing.append(gone.what)
    return outcome


#: Keys of `expected` that are compared; `words` are example sentences (about).
_COMPARED = frozenset(
    [
        "runs",
        "recorded",
        "bounds",
        "variants",
        "wrong",
        "certificates",
        "claimants",
        "checkpoints",
        "breakdown",
        "bounds_without_totals",
        "value",
        "feasible_orders",
        "roundtrip",
        "threshold_1957",
        "f984",
        "involved_in",
        "facts",
        "words",
        "share_fraction",
        "share_value",
        "share_fraction_if_disputed_is_trust",
        "lien",
        "forward_ceiling",
        "with_coordination_links",
        "never",
        "not_owned_part",
        "proceeds_first_cap",
        "pro_rata",
        "met",
        "seizable_up_to",
        "bank_claim",
        "net",
        "benefit",
    ]
)


def _ledger(case: dict[str, Any], expected: dict[str, Any], outcome: CaseOutcome) -> None:
    book = book_of(case)
    runs = expected.get("runs", [])
    done: dict[tuple[int, str], Run] = {}
    for k, run in enumerate(runs):
        elections = Elections.of(run["options"])
        for rule in run["rules"]:
            done[k, rule] = run_elected(book, rule, elections)
            _compare_targets(outcome, f"runs[{k}].{rule}", run, rule, done[k, rule], book.proceeds)
        if "overdraws" in run:
            low = enter(elect(book, elections)).balances()
            outcome.compare(f"runs[{k}].overdraws", bool((low < 0).any()), run["overdraws"])
        for names, labels, floor, ceiling in run.get("bounds", ()):
            found = bounds(enter(elect(book, elections)), names, labels)
            outcome.compare(f"runs[{k}].bounds {names} {labels}", [found.floor, found.ceiling], [floor, ceiling])
    first = Elections.of(runs[0]["options"]) if runs else Elections()
    if case["kind"] == "gap":
        _gap(case, book, expected, outcome)
        return
    plain = elect(book, first)
    _compare_recorded(outcome, plain, expected["recorded"])
    for names, labels, floor, ceiling in expected["bounds"]:
        found_floor, found_ceiling = _hull(book, first, names, labels)
        outcome.compare(f"bounds {names} {labels}", [found_floor, found_ceiling], [floor, ceiling])
    if case["kind"] == "unordered_day":
        _compare_ranges(outcome, book, first, runs)
    _compare_wrong(outcome, book, runs, done, expected.get("wrong", ()))
    _extras(case, book, plain, expected, outcome, done)


def _proceeds(labels: dict[str, int], proceeds: Iterable[str]) -> dict[str, int]:
    return {label: amount for label, amount in labels.items() if label in proceeds and amount}


def _whole(value: str | int) -> Fraction:
    return Fraction(value)


def _compare_targets(
    outcome: CaseOutcome, path: str, run: dict[str, Any], rule: str, found: Run, proceeds: tuple[str, ...]
) -> None:
    """Compare every target, listed or not: a label or target not listed is 0."""
    exact, cents = run["rules"][rule], run.get("cents", {}).get(rule, {})
    for target in sorted({*exact, *cents, *found.targets}):
        listed = cents[target] if target in cents else exact.get(target, {})
        wanted = {label: _whole(value) for label, value in listed.items() if _whole(value)}
        computed = _proceeds(found.targets.get(target, {}), proceeds)
        outcome.compare(f"{path}.{target}", _shown(computed), _shown(wanted))
    for target, labels in run.get("other", {}).get(rule, {}).items():
        values = {label: _whole(value) for label, value in labels.items()}
        if all(value.denominator == 1 for value in values.values()):  # fractions: the exact twin of the tests
            computed = {k: x for k, x in found.targets.get(target, {}).items() if k in OTHER and x}
            outcome.compare(f"{path}.{target} other", _shown(computed), _shown({k: x for k, x in values.items() if x}))


def _shown(labels: dict[str, Any]) -> dict[str, str]:
    return {label: str(labels[label]) for label in sorted(labels)}


def _recorded(book: Book) -> dict[str, int]:
    """Return what was recorded into every target, whatever its origin; negative: overdrawn."""
    entries = enter(book)
    found = run_rule(entries, "libr")
    totals = {target: sum(labels.values()) for target, labels in found.targets.items()}
    for code, name in enumerate(entries.accounts):
        totals[f"bal:{name}"] -= int(found.debt_at_end[code])
    return totals


def _compare_recorded(outcome: CaseOutcome, book: Book, expected: dict[str, int]) -> None:
    found = _recorded(book)
    for target in sorted({*found, *expected}):
        if target in expected or found[target]:
            outcome.compare(f"recorded.{target}", found.get(target, 0), expected.get(target, 0))


def _hull(book: Book, elections: Elections, names: list[str], labels: list[str]) -> tuple[int, int]:
    """Return floor and ceiling; over all orders without overdraft where a block has none (tracing.md 5.6)."""
    if not any(event.block for event in book.events):
        found = bounds(enter(elect(book, elections)), names, labels)
        return found.floor, found.ceiling
    each: list[Bounds] = []
    for order, overdraws in feasible_orders(elect(book, replace(elections, order=()))):
        if not overdraws:
            each.append(bounds(enter(elect(book, replace(elections, order=order))), names, labels))
    collapsed = bounds(enter(elect(book, replace(elections, order=()))), names, labels)
    floor, ceiling = min(b.floor for b in each), max(b.ceiling for b in each)
    if not collapsed.floor <= floor <= ceiling <= collapsed.ceiling:
        raise AssertionError("the block taken as one must contain every order")
    return floor, ceiling


def _compare_ranges(outcome: CaseOutcome, book: Book, elections: Elections, runs: list[dict[str, Any]]) -> None:
    """Compare the range over orders with the least and the most that the case states for the orders its banks allowed.

    A case lists orders of events. Each leg of a transfer has its own place in the day of its own account, and a bank that
    lets an account open overdrawn may have let it go further: then the range is over more orders, and must hold the case's.
    """
    entries = enter(elect(book, replace(elections, order=())))
    stated = [run for run in runs if not run.get("overdraws") or _within_facilities(book, elections, run)]
    rules = list(stated[0]["rules"])
    targets = sorted({t for run in stated for at in run["rules"].values() for t in at})
    listed = figures_over_orders(entries, list(blocks_of(entries).values()), targets, rules, bundle=elections.bundle)
    if listed is None:
        raise not_covered("a range over more orders than are enumerated")
    whole = not any(event.block and event.kind == "transfer" for event in book.events)
    whole = whole and not any(holding.debt for holding in book.holdings)
    if whole and len({event.account for event in book.events if event.block}) == 1:
        outcome.compare("orders", len(listed[0][rules[0]]), len(stated))
    for rule in rules:
        for k, target in enumerate(targets):
            each = [_stated(run, rule, target) for run in stated]
            found = listed[0][rule][:, k]
            least, most = int(found.min()), int(found.max())
            if not whole:
                least, most = max(least, int(min(each))), min(most, int(max(each)))
            outcome.compare(f"over orders {rule} {target}", [least, most], [min(each), max(each)])


def _within_facilities(book: Book, elections: Elections, run: dict[str, Any]) -> bool:
    """Say whether every account that an order overdraws has a known facility: that order is one its bank allowed."""
    ordered = enter(elect(book, replace(elections, order=tuple(run["options"]["order"]))))
    below = {ordered.accounts[a] for a in ordered.account[ordered.balances() < 0].tolist()}
    return all(holding.facility is not None for holding in book.holdings if holding.name in below)


def _stated(run: dict[str, Any], rule: str, target: str) -> Fraction:
    cents = run.get("cents", {}).get(rule, {})
    listed = cents[target] if target in cents else run["rules"][rule].get(target, {})
    return sum((_whole(value) for value in listed.values()), Fraction(0))


def _compare_wrong(
    outcome: CaseOutcome,
    book: Book,
    runs: list[dict[str, Any]],
    done: dict[tuple[int, str], Run],
    wrong: Iterable[dict[str, Any]],
) -> None:
    for each in wrong:
        place = (
            next((k for k, run in enumerate(runs) if run["options"] == each["options"]), 0) if "options" in each else 0
        )
        rules = each.get("rules") or dict.fromkeys(
            [each["rule"]] if "rule" in each else runs[place]["rules"], each["value"]
        )
        for rule, value in rules.items():
            found = sum(_proceeds(done[place, rule].targets.get(each["target"], {}), book.proceeds).values())
            outcome.differs(f"wrong {rule} {each['target']}: {each['why']}", Fraction(found), _whole(value))


def _gap(case: dict[str, Any], book: Book, expected: dict[str, Any], outcome: CaseOutcome) -> None:
    stated, entries = case["gap"], enter(book)
    after = int(np.flatnonzero(entries.account == entries.accounts.index(stated["account"]))[-1])
    for key, known in (("bounds", True), ("bounds_without_totals", False)):
        period = MissingPeriod(
            account=stated["account"],
            after=after,
            opening=stated["opening"],
            closing=stated["closing"],
            credits=stated["printed_credits"] if known else None,
            debits=stated["printed_debits"] if known else None,
        )
        whole = with_gap(entries, period)
        target = f"bal:{stated['account']}"
        recorded = bounds(whole, [target]).recorded
        outcome.compare(f"recorded.{target} ({key})", recorded, expected["recorded"][target])
        for names, labels, floor, ceiling in expected[key]:
            found = bounds(whole, names, labels)
            outcome.compare(f"{key} {names} {labels}", [found.floor, found.ceiling], [floor, ceiling])


def _extras(
    case: dict[str, Any],
    book: Book,
    plain: Book,
    expected: dict[str, Any],
    outcome: CaseOutcome,
    done: dict[tuple[int, str], Run],
) -> None:
    for point in expected.get("checkpoints", ()):
        run = done[0, point["rule"]]
        row = rows_of(run.entries, point["after"])[-1]
        account = run.entries.accounts.index(point["target"].removeprefix("bal:"))
        last = int(np.flatnonzero(run.entries.account[: row + 1] == account)[-1])
        for label in set(point) - {"after", "rule", "target"}:
            held = int(run.replay.held[last, run.entries.labels.index(label)])
            outcome.compare(f"checkpoint after {point['after']} {label}", Fraction(held), _whole(point[label]))
    for each in expected.get("certificates", ()):
        chosen = certificates(enter(plain), each["targets"])[0 if each["side"] == "floor" else 1]
        outcome.compare(
            f"certificate {each['targets']} {each['side']}", sum(arc.capacity for arc in chosen.arcs), each["cut"]
        )
    if "breakdown" in expected:
        stated = expected["breakdown"]
        removed = breakdown(enter(plain), stated["targets"])
        places = sorted((account, event) for account, _, event in removed.gaps)
        outcome.compare("breakdown.amount", removed.amount, stated["amount"])
        outcome.compare("breakdown.gap_after", places, sorted(tuple(x) for x in stated["gap_after"]))
    if "variants" in expected:
        _variants(case, book, expected, outcome)
    if "feasible_orders" in expected:
        found = [list(order) for order, _ in feasible_orders(book)]
        outcome.compare("feasible_orders", found, expected["feasible_orders"])
    if "roundtrip" in expected:
        stated = expected["roundtrip"]
        run = done[0, stated["rule"]]
        gross = value_order.gross_proceeds(run.entries, run.replay, stated["account"])
        outcome.compare("roundtrip.gross_proceeds_credits", gross, stated["gross_proceeds_credits"])
        outcome.compare("roundtrip.distinct_proceeds", value_order.benefit(plain), stated["distinct_proceeds"])
    if "claimants" in expected:
        _claimants(plain, expected["claimants"], outcome, done)
    if "threshold_1957" in expected:
        _threshold(plain, expected["threshold_1957"], outcome, done)
    for each in expected.get("f984") or () if isinstance(expected.get("f984"), list) else ():
        value = section_984.on_ledger(plain, date.fromisoformat(each["commenced"]))
        outcome.compare(f"f984 commenced {each['commenced']}", value, each["value"])
    if "involved_in" in expected:
        stated = expected["involved_in"]
        entries = enter(plain)
        row = rows_of(entries, stated["transaction"])[0]
        event = plain.event(stated["transaction"])
        floor = bounds(entries, [f"sink:{event.sink}"]).floor
        before = int(entries.balances()[row]) + event.amount
        outcome.compare("involved_in.proceeds_floor", floor, stated["proceeds_floor"])
        outcome.compare("involved_in.transaction_amount", event.amount, stated["transaction_amount"])
        outcome.compare("involved_in.commingled_balance_before", before, stated["commingled_balance_before"])
    for name, value in expected.get("facts", {}).items():
        if name != "haircut_fraction":
            raise not_covered(f"fact {name}")
        run = done[0, "pro_rata"]
        row = next(r for r in range(len(run.entries)) if not run.entries.credit[r])
        held = run.replay.held[row - 1]
        share = Fraction(int(held[run.entries.proceeds].sum()), int(held.sum()))
        outcome.compare("facts.haircut_fraction", share, _whole(value))


def _variants(case: dict[str, Any], book: Book, expected: dict[str, Any], outcome: CaseOutcome) -> None:
    for name, stated in expected["variants"].items():
        if name == "poison":
            found = poison.poison(enter(book))
        elif name.startswith("libr_d_"):
            found = daily.by_day(book, name.removeprefix("libr_d_"))
        elif name in ("oatway_narrow", "oatway_wide"):
            claim = case["claim"]
            found = oatway.elect_assets(book, claim["amount"], claim["assets"], wide=name == "oatway_wide")
            for asset, value in expected.get("value", {}).get(name, {}).items():
                taken = sum(found[asset].values())
                share, lien = share_or_lien.worth(taken, claim["price"][asset], claim["value_now"][asset])
                outcome.compare(f"value.{name}.{asset}.share", share, _whole(value["share"]))
                outcome.compare(f"value.{name}.{asset}.lien", Fraction(lien), _whole(value["lien"]))
        else:
            raise not_covered(f"variant {name}")
        for target, labels in stated.items():
            wanted = {label: _whole(value) for label, value in labels.items() if _whole(value)}
            computed = _proceeds(found.get(target, {}), book.proceeds)
            outcome.compare(f"variants.{name}.{target}", _shown(computed), _shown(wanted))


def _claimants(book: Book, stated: dict[str, Any], outcome: CaseOutcome, done: dict[tuple[int, str], Run]) -> None:
    target = f"bal:{book.holdings[0].name}"
    for name, rule in (("fifo", "fifo"), ("lifo", "lifo"), ("r3a", "pro_rata"), ("r3d", "libr")):
        values = {label: _whole(value) for label, value in stated[name].items()}
        found = done[0, rule].targets[target]
        if all(value.denominator == 1 for value in values.values()):
            outcome.compare(f"claimants.{name}", _shown({k: found[k] for k in values}), _shown(values))
    shared = once_off.share_fund(book)
    outcome.compare("claimants.fund", shared.fund, stated["fund"])
    outcome.compare("claimants.net_claims", shared.net_claims, stated["net_claims"])
    outcome.compare("claimants.caps", shared.caps, stated["caps"])
    for name, exact, cents in (("r3b", shared.exact_b, shared.cents_b), ("r3c", shared.exact_c, shared.cents_c)):
        outcome.compare(f"claimants.{name}", _shown(exact), _shown({k: _whole(v) for k, v in stated[name].items()}))
        outcome.compare(f"claimants.{name} in cents", sum(cents.values()), stated["fund"])


def _threshold(book: Book, stated: dict[str, Any], outcome: CaseOutcome, done: dict[tuple[int, str], Run]) -> None:
    runs = {rule: run for (k, rule), run in done.items() if k == 0}
    found = section_1957.modes(book, {rule: (run.entries, run.replay) for rule, run in runs.items()})
    outcome.compare("threshold_1957.threshold", section_1957.THRESHOLD, stated["threshold"])
    for rule, each in stated["per_rule"].items():
        outcome.compare(f"threshold_1957.per_rule.{rule}", found[f"per_rule.{rule}"], each)
    for mode in ("presume", "aggregate", "trace_all"):
        outcome.compare(f"threshold_1957.{mode}", found[mode], stated[mode])


def _theory(
    case: dict[str, Any],
    expected: dict[str, Any],
    outcome: CaseOutcome,
    others: Callable[[str], dict[str, Any]] | None,
) -> None:
    given = case.get("input", {})
    if "benefit" in expected:
        if others is None:
            raise not_covered("a theory case without its ledger case")
        benefit = value_order.benefit(book_of(others(case["ledger"])))
        outcome.compare("benefit", benefit, expected["benefit"])
        for each in expected.get("wrong", ()):
            outcome.differs(f"wrong: {each['why']}", benefit, each["value"])
    elif "share_fraction" in expected:
        policy = share_or_lien.Policy(tuple(given["premiums"]), frozenset(given["trust"]), given["value_now"])
        with_disputed = share_or_lien.Policy(
            policy.premiums, policy.trust | frozenset(given["disputed"]), policy.value_now
        )
        outcome.compare("share_fraction", policy.share, _whole(expected["share_fraction"]))
        outcome.compare("share_value", policy.share_value, _whole(expected["share_value"]))
        outcome.compare(
            "share_fraction_if_disputed_is_trust",
            with_disputed.share,
            _whole(expected["share_fraction_if_disputed_is_trust"]),
        )
        outcome.compare("lien", policy.lien, expected["lien"])
    elif "forward_ceiling" in expected:
        forward, linked = backward.on_aggregates(
            given["proceeds_before_last_payment"], given["proceeds_after"], given["paid_out"]
        )
        outcome.compare("forward_ceiling", forward, expected["forward_ceiling"])
        outcome.compare("with_coordination_links", linked, expected["with_coordination_links"])
        for value in (forward, linked):
            outcome.differs("never", value, expected["never"])
    elif "f984" in expected:
        total = sum(offence["amount"] for offence in given["offences"])
        found = section_984.forfeitable(total if given["timely"] else 0, given["balance_found"])
        outcome.compare("f984", found, expected["f984"])
    elif "not_owned_part" in expected:
        outcome.compare(
            "not_owned_part", misposted.not_owned(given["true_deposit"], given["posted"]), expected["not_owned_part"]
        )
    elif "proceeds_first_cap" in expected:
        cap, average = walsh.cap_or_share(given["award"], given["traceable"], given["house_proceeds"])
        outcome.compare("proceeds_first_cap", cap, expected["proceeds_first_cap"])
        outcome.compare("pro_rata", average, Fraction(expected["pro_rata"]))
    elif "met" in expected:
        outcome.compare("met", [section_1957.exceeds(amount) for amount in given["proceeds"]], expected["met"])
    elif "seizable_up_to" in expected:
        found_981k = interbank.seizable(
            given["deposited_abroad"], given["paid_out_before_seizure"], given["interbank_balance"]
        )
        for name, value in zip(("seizable_up_to", "bank_claim", "net"), found_981k, strict=True):
            outcome.compare(name, value, expected[name])
    else:
        raise not_covered(f"theory with {', '.join(sorted(expected))}")
