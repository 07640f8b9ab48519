"""The sums of an explanation: its lines must be the figure of the replay, and every account's balance can be followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracer.model import RULE_NAMES, ExplainedLine, Explanation, major
from tracer.trace.explain_sentences import TERMS
from tracer.trace.explain_telling import LANGUAGES, Telling
from tracer.trace.explain_words import Teller
from tracer.trace.rules import rule

__all__ = ["summed"]


@dataclass(frozen=True, slots=True)
class _Changed:
    """Proceeds converted on the way: what left in `home`, what arrived in `currency`, by label."""

    home: str
    currency: str
    sent: dict[str, int]
    amounts: dict[str, int]


def summed(t: Telling, lines: list[ExplainedLine]) -> Explanation:
    """Add the lines up and stop where they are not the figure of the replay."""
    way, e = t.way, t.e
    figure, kept = _total([t.dirty(way.figure)]), _total([t.dirty(way.at_end)])
    reached = _total(line.reaches for line in lines)
    if _total((reached, kept)) != figure:
        t.fail(f"the lines bring {reached} to it, and its figure is {figure}")
    changed = _changed(t)
    for currency in dict.fromkeys((*e.currencies, t.currency)):
        own = [line for line in lines if line.currency == currency]
        comes = _total([*(line.enters for line in own), *(c.amounts for c in changed if c.currency == currency)])
        goes = _total(
            [
                *(line.reaches for line in own),
                *(c.sent for c in changed if c.home == currency),
                *((kept,) if currency == t.currency else ()),
            ]
        )
        if comes != goes:
            t.fail(f"{comes} enters in {currency}, and {goes} is told")
    _covered(t, lines)
    after = [_closing(t, lines, changed, figure, kept, teller) for teller in t.tellers]
    before = [_opening(t, figure, teller) for teller in t.tellers]
    return Explanation(
        target=way.target,
        rule=t.run.rule,
        currency=t.currency,
        recorded=int(way.figure.sum()),
        figure=sum(figure.values()),
        by_label=figure,
        lines=tuple(lines),
        before_en=before[0],
        before_zh=before[1],
        after_en=after[0],
        after_zh=after[1],
    )


def _covered(t: Telling, lines: list[ExplainedLine]) -> None:
    """Assert that the lines of an account tell every entry on the way, and that its balance can be followed through them."""
    e = t.e
    rows = np.flatnonzero(t.way.flow.any(axis=1))
    totals = np.zeros((2, len(e.accounts), len(e.labels)), np.int64)
    np.add.at(totals, (e.credit[rows].astype(np.int64), e.account[rows]), t.way.flow[rows])
    of_account: dict[str, list[ExplainedLine]] = {}
    for line in lines:
        if line.account:
            of_account.setdefault(line.account, []).append(line)
    codes = {name: code for code, name in enumerate(e.accounts)}
    for name, own in of_account.items():
        out, into = t.dirty(totals[0, codes[name]]), t.dirty(totals[1, codes[name]])
        if (_total(line.arrives for line in own), _total(line.leaves for line in own)) != (into, out):
            t.fail(f"the lines of account {name} are not all that passed it")
        balance = -int(e.debt[codes[name]])
        for line in own:
            if line.before != balance:
                t.fail(f"line {line.number} begins at {line.before}, and account {name} stood at {balance}")
            balance = line.after


def _changed(t: Telling) -> list[_Changed]:
    """Return the proceeds that were converted on the way, per pair of currencies."""
    e, flow = t.e, t.way.flow
    found: dict[tuple[str, str], list[int]] = {}
    for row in np.flatnonzero(e.credit & (e.partner >= 0) & flow[:, t.proceeds].any(axis=1)).tolist():
        home, currency = (e.currencies[int(e.account[r])] for r in (e.partner[row], row))
        if home != currency:
            found.setdefault((home, currency), []).append(row)
    return [
        _Changed(home, currency, t.dirty(flow[e.partner[rows]].sum(axis=0)), t.dirty(flow[rows].sum(axis=0)))
        for (home, currency), rows in found.items()
    ]


def _opening(t: Telling, figure: Mapping[str, int], teller: Teller) -> tuple[str, ...]:
    code, *words = RULE_NAMES[t.run.rule]
    said = teller.say(
        "figure" if figure else "figure none",
        code=code,
        words=words[LANGUAGES.index(teller.language)],
        figure=teller.money(sum(figure.values()), t.currency),
        recorded=teller.money(int(t.way.figure.sum()), t.currency),
        target=teller.target(t.way.target),
        parts=teller.parts(figure, t.currency),
    )
    return said, teller.say("method lots" if rule(t.run.rule).keeps_lots else "method classes")


def _closing(
    t: Telling,
    lines: list[ExplainedLine],
    changed: list[_Changed],
    figure: Mapping[str, int],
    kept: Mapping[str, int],
    teller: Teller,
) -> tuple[str, ...]:
    """Tell the sums: what entered, what was changed on the way, what reached the target."""
    said = []
    for currency in dict.fromkeys(line.currency for line in lines if line.enters):
        terms = [
            (line.number, sum(line.enters.values())) for line in lines if line.enters and line.currency == currency
        ]
        total = teller.money(sum(amount for _, amount in terms), currency)
        said.append(teller.say("sum entered", terms=_terms(terms, currency, teller), figure=total))
    target = teller.target(t.way.target)
    said += [
        teller.say(
            "sum changed",
            target=target,
            sent=teller.money(sum(one.sent.values()), one.home),
            amount=teller.money(sum(one.amounts.values()), one.currency),
        )
        for one in changed
    ]
    total = teller.money(sum(figure.values()), t.currency)
    if kept:
        said.append(teller.say("sum kept", figure=total, target=target, parts=teller.parts(kept, t.currency)))
    else:
        terms = [(line.number, sum(line.reaches.values())) for line in lines if line.reaches]
        said.append(teller.say("sum reached", terms=_terms(terms, t.currency, teller), figure=total, target=target))
    return tuple(said)


def _total(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return label -> sum of the parts, zeros left out."""
    found: dict[str, int] = {}
    for part in parts:
        for label, amount in part.items():
            found[label] = found.get(label, 0) + amount
    return {label: found[label] for label in sorted(found) if found[label]}


def _terms(terms: Sequence[tuple[int, int]], currency: str, teller: Teller) -> str:
    """Return the terms of a sum, each with its line; beyond `TERMS` the rest as one."""
    told = [teller.say("term", amount=major(x, currency, group=True), n=n) for n, x in terms[:TERMS]]
    if len(terms) > TERMS:
        rest = sum(x for _, x in terms[TERMS:])
        told.append(teller.say("terms more", amount=major(rest, currency, group=True), n=len(terms) - TERMS))
    return " + ".join(told) or teller.say("nothing")
