"""Claims on several targets at once: the options of Banco Cafetero (R8) and Oatway, never the same cents twice.

A claim is compared with the joint ceiling of all that is claimed (tracing.md 5.4): claims can be true together exactly when
one attribution gives every target its part (`theories.cherry_picking`). Beyond that an option is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.model import Difference, Elected, Election, RuleError, major
from tracer.trace.bounds import build
from tracer.trace.election_names import Material, authority_of, not_carried_out, refused, target_of, words_of
from tracer.trace.theories.banco_cafetero import OPTIONS, counted_twice, figure
from tracer.trace.theories.cherry_picking import allocated

__all__ = ["claimed", "never_twice"]


def claimed(at: Material, one: Election) -> Elected:
    targets = [target_of(at, name) for name in one.targets]
    stood = {t.target: t for t in at.result.targets}
    gone = [name for name in targets if name not in stood]
    if gone or len(set(targets)) < len(targets):
        raise refused(
            f"{(gone or targets)[0]} is {'no target of this trace' if gone else 'named twice'}.",
            "Nothing is claimed on what the trace does not know.",
            "name asset records of the register, or account numbers",
        )
    currencies = {stood[t].currency for t in targets}
    if len(currencies) > 1:
        raise refused(
            f"The targets are in {' and '.join(sorted(currencies))}.",
            "A joint figure over two currencies would rest on a rate that no record shows.",
            "elect per currency",
        )
    if one.kind == "banco_cafetero":
        if one.option not in OPTIONS:
            raise refused(f"Option {one.option!r} is none of a, b, c.", "Nothing was computed.", "a, b or c")
        rule = OPTIONS[one.option]
        if rule and rule not in at.result.rules:
            raise refused(
                f"Option ({one.option}) is the figure of {rule}, which this run does not compute.",
                "Nothing was computed.",
                f"add {rule} to tracing.methods of case.yaml",
            )
        claims = {t: figure(one.option, stood[t].by_rule, stood[t].bounds.ceiling) for t in targets}
        given, note = claims, ("", "")
    else:
        given, note = _oatway(at, one, targets)
        claims = given
    selected = one.kind if one.kind == "oatway" else f"option_{one.option}"
    figures = tuple(Difference(t, stood[t].currency, selected, stood[t].bounds.floor, claims[t]) for t in targets)
    en, zh = words_of(one)
    return Elected(
        ids=(one.id,),
        kind=one.kind,
        status="elected",
        words_en=en,
        words_zh=zh,
        figures=figures,
        currency=stood[targets[0]].currency,
        evidence=one.evidence,
        reason=one.reason,
        **authority_of(one),
        note_en=note[0],
        note_zh=note[1],
    )


def _oatway(at: Material, one: Election, targets: Sequence[str]) -> tuple[dict[str, int], tuple[str, str]]:
    """Return what each target is given: narrow only for what LIBR leaves unsatisfied, wide the targets first."""
    if one.option not in ("narrow", "wide"):
        raise refused(f"Option {one.option!r} is neither narrow nor wide.", "Nothing was computed.", "narrow or wide")
    stood = {t.target: t for t in at.result.targets}
    currency = stood[targets[0]].currency
    entered = sum(c.amount for c in at.result.claims if c.currency == currency)
    claim = entered if one.amount is None else one.amount
    if claim > entered:
        raise refused(
            f"{major(claim, currency)} {currency} are claimed, and {major(entered, currency)} were entered.",
            "No more can be claimed than entered as proceeds.",
            "leave `amount` out: then all that was entered is claimed",
        )
    kept: dict[str, int] = {}
    if one.option == "narrow":
        if "libr" not in at.result.rules:
            raise refused(
                "The run does not compute libr.", "Narrow asks what it leaves.", "add libr to tracing.methods"
            )
        balances = [t for t in at.result.targets if t.kind == "balance" and t.currency == currency]
        kept = {t.target: t.by_rule["libr"] for t in balances if t.by_rule["libr"]}
    left = max(0, claim - sum(kept.values()))
    graph = build(at.entries)
    given: dict[str, int] = {}
    for target in targets:
        wanted = kept | given | {target: left - sum(given.values())}
        given[target] = allocated(graph, wanted)[target]
    free = left - sum(given.values())
    money = f"{major(claim, currency, group=True)} {currency}"
    held = major(sum(kept.values()), currency, group=True)
    return given, (
        f"claim {money}; {'left in the accounts by own money first' if kept else 'nothing is kept in the accounts'}: {held}; not satisfied {major(free, currency, group=True)}",
        f"主张 {money}；账户中留存 {held}；未获满足 {major(free, currency, group=True)}",
    )


def never_twice(at: Material, told: Sequence[Elected], chosen: Sequence[Election]) -> list[Elected]:
    """Refuse the options of Banco Cafetero that claim, together, more than the joint ceiling: the double-count guard."""
    options = [e for e in told if e.kind == "banco_cafetero" and e.status == "elected"]
    by_id = {one.id: one for one in chosen}
    found = list(told)
    wanted: dict[str, dict[str, int]] = {}
    twice: set[str] = set()
    for one in options:
        for d in one.figures:
            claims = wanted.setdefault(d.currency, {})
            if d.target in claims:
                twice |= {e.ids[0] for e in options if any(x.target == d.target for x in e.figures)}
            claims[d.target] = max(claims.get(d.target, 0), d.after)
    over: dict[str, tuple[int, int]] = {}
    graph = build(at.entries) if wanted else None
    for currency, claims in wanted.items():
        assert graph is not None
        beyond = counted_twice(graph, claims)
        if beyond is not None:
            over[currency] = beyond
    for place, one in enumerate(found):
        if one not in options:
            continue
        if one.ids[0] in twice:
            other = RuleError(
                "One target is claimed under two options.", where="R8",
                meaning="The options are alternatives (Banco Cafetero): the same cents would be counted twice.",
                next_call="name each target under one option",
            )  # fmt: skip
            found[place] = not_carried_out(by_id[one.ids[0]], other)
        elif one.currency in over:
            asked, given = (major(x, one.currency, group=True) for x in over[one.currency])
            other = RuleError(
                f"Together {asked} {one.currency} are claimed, and no attribution gives more than {given}.", where="R8",
                meaning="The same cents would be claimed on two targets.",
                next_call="claim less, or under one option",
            )  # fmt: skip
            found[place] = not_carried_out(by_id[one.ids[0]], other)
    return found
