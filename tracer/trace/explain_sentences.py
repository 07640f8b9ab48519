"""What is said of one line of an explanation: the entry, what was held before it, what the rule draws, and where it goes on.

Each figure in a sentence is computed again here and must be the replay's own; the forms are those of `explain_words.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.model import ExplainedLine, major
from tracer.model.parted import is_hub, splits
from tracer.trace.backward import Draw
from tracer.trace.by_class import proceeds_drawn
from tracer.trace.entries import Cents
from tracer.trace.explain_telling import Telling, as_day
from tracer.trace.explain_words import Teller
from tracer.trace.rules import pro_rata, rule

__all__ = ["TERMS", "told_entry", "told_several"]

#: Draws of one debit told one by one, and terms of one sum.
TERMS = 12


def told_several(t: Telling, line: ExplainedLine, rows: Cents, teller: Teller) -> str:
    e = t.e
    amounts = e.amount[rows]
    into = int(amounts[e.credit[rows]].sum())
    first, last = line.day or "-", line.last_day or "-"
    count = teller.count(line.entries)
    if line.kind == "others":
        accounts = teller.count(len(np.unique(e.account[rows])), "accounts")
        told = teller.say("others", count=count, accounts=accounts, first=first, last=last)
    else:
        told = teller.say(
            "between",
            count=count,
            account=teller.names.account(line.account),
            first=first,
            last=last,
            into=teller.money(into, line.currency),
            out=teller.money(int(amounts.sum()) - into, line.currency),
            net=teller.money(line.amount, line.currency),
            before=teller.money(line.before, line.currency),
            after=teller.money(line.after, line.currency),
        )
    said = [told]
    if line.arrives or line.leaves:
        said.append(
            teller.say(
                "on the way",
                target=teller.target(t.way.target),
                into=teller.parts(line.arrives, line.currency),
                out=teller.parts(line.leaves, line.currency),
            )
        )
    if line.reaches:
        said.append(_reaches(t, line, teller))
    return teller.cited(_joined(said, teller), line.cites)


def told_entry(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> str:
    said = [_head(t, line, row, teller)]
    if t.e.block[row] >= 0:
        said.append(teller.say("unordered"))
    if (known := t.known(row)) != "documented":
        said.append(teller.say(known))
    if t.e.credit[row]:
        said += _carried(t, line, row, teller)
        said += _swallowed(t, line, row, teller)
    else:
        said.append(_before(t, line, teller))
        said += _drawn(t, line, row, teller)
    said += _goes_on(t, line, row, teller)
    return teller.cited(_joined(said, teller), line.cites)


def _head(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> str:
    form = line.kind
    if form == "gap":
        form = "gap in" if t.e.credit[row] else "gap out"
    elif form == "payment" and line.other.startswith("sink:ASSET:"):
        form = "bought"
    own = line.kind in ("arrival", "transfer")
    return teller.say(
        form,
        on=teller.on(line.day),
        amount=teller.money(line.amount, line.currency),
        account=teller.names.account(line.account),
        other=teller.names.account(line.other) if own else teller.target(line.other) if line.other else "",
        line=teller.line(t.line_of.get(int(t.e.partner[row]), 0)) if own else "",
        parts=teller.parts(line.moved, line.currency),
    )


def _before(t: Telling, line: ExplainedLine, teller: Teller) -> str:
    if line.before < 0:
        return teller.say("owed", amount=teller.money(-line.before, line.currency))
    if line.before == 0:
        return teller.say("held none")
    parts = teller.parts(line.held, line.currency)
    return teller.say("held", amount=teller.money(line.before, line.currency), parts=parts)


def _drawn(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
    """Tell what the rule draws and why; the sum is computed again and must be the replay's own."""
    over = int(t.way.over[row])
    use = line.amount - over
    moved = t.run.moved[row]
    x = int(moved[t.proceeds].sum())
    held = t.held_before(row)
    proceeds = int(held[t.proceeds].sum())
    other = int(held.sum()) - proceeds

    def money(minor: int) -> str:
        return major(minor, line.currency, group=True)

    said: list[str] = []
    careful = t.e.clean_first is not None and bool(t.e.clean_first[row])
    if careful:
        said.append(teller.say("careful"))
    chosen = rule(t.run.rule)
    parts = splits(line.account)
    if is_hub(line.account):
        said.append(teller.say("to parts" if parts else "of parts"))
    if chosen.keeps_lots:
        said += _lots(t, line, row, teller)
    else:
        code = pro_rata.CODE if parts else chosen.code
        expected = max(0, use - other) if careful else proceeds_drawn(code, use, proceeds, other)
        if expected != x or use != min(line.amount, proceeds + other):
            t.fail(f"{t.e.where(row)} drew {x} of proceeds, and the rule gives {expected}")
        name = "libr" if careful else "pro_rata" if parts else t.run.rule
        said += _rule(name, teller, line.currency, use, proceeds, other, x) if use else []
        if x and sum(1 for k in t.proceeds if held[k]) > 1:
            said.append(teller.say("labels", parts=teller.parts(t.dirty(moved), line.currency)))
    if over:
        said.append(teller.say("over", over=money(over)))
    return said


def _rule(name: str, teller: Teller, currency: str, use: int, proceeds: int, other: int, x: int) -> list[str]:
    def money(minor: int) -> str:
        return major(minor, currency, group=True)

    amounts = {"use": money(use), "x": money(x), "proceeds": money(proceeds), "other": money(other)}
    if not proceeds:
        form = "share none"
    elif name == "libr":
        form = "libr none" if not x else "libr some" if other else "libr all"
    elif name == "pro_rata":
        form = "share" if other else "share all"
    else:
        form = "difo all" if x == use else "difo some"
    if form == "share":
        amounts["exact"] = teller.exact(use, proceeds, proceeds + other, currency)
    return [teller.say(form, **amounts, rest=money(use - x), whole=money(proceeds + other))]


def _lots(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
    draws = [draw for draw in t.way.draws(row) if draw.credit >= 0]
    if not draws:
        return []
    told = [_lot(t, draw, line.currency, teller) for draw in draws[:TERMS]]
    if len(draws) > TERMS:
        rest = np.array([draw.amounts for draw in draws[TERMS:]], np.int64).sum(axis=0)
        parts = teller.parts(t.named(rest), line.currency)
        amount = major(int(rest.sum()), line.currency, group=True)
        told.append(teller.say("lots more", n=len(draws) - TERMS, amount=amount, parts=parts))
    return [teller.say(t.run.rule, lots="; ".join(told))]


def _lot(t: Telling, draw: Draw, currency: str, teller: Teller) -> str:
    def money(minor: int) -> str:
        return major(minor, currency, group=True)

    form = "lot opening" if t.e.opening[draw.credit] else "lot"
    if form == "lot" and 0 < draw.proceeds < draw.size:
        form = "lot mixed"
    day = as_day(int(t.e.day[draw.credit]))
    cites = "; ".join(dict.fromkeys(teller.names.cite(c) for c in t.cites(draw.credit)))
    return teller.say(
        form,
        amount=money(sum(draw.amounts)),
        on=teller.say("lot on", day=day) if day else "",
        line=teller.line(t.line_of.get(draw.credit, 0)),
        cite=f" [{cites}]" if cites else "",
        parts=teller.parts(t.named(np.array(draw.amounts)), currency),
        drawn=money(draw.drawn),
        entered=money(draw.proceeds),
        size=money(draw.size),
    )


def _carried(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
    """Tell a charge or a conversion on the way of an arrival."""
    source = int(t.e.partner[row])
    if source < 0:
        return []
    sent, home = int(t.e.amount[source]), t.e.currencies[int(t.e.account[source])]
    if sent == line.amount and home == line.currency:
        return []
    said = {
        "sent": teller.money(sent, home),
        "amount": teller.money(line.amount, line.currency),
        "before": teller.parts(t.named(t.run.moved[source]), home),
        "parts": teller.parts(line.moved, line.currency),
    }
    if home != line.currency:
        return [teller.say("converted", **said)]
    return [teller.say("charged", **said, charge=teller.money(sent - line.amount, home))]


def _swallowed(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
    gone = t.run.absorbed[row]
    amount = int(gone.sum())
    if not amount:
        return []
    parts = teller.parts(t.named(gone), line.currency)
    if amount == line.amount:
        return [teller.say("absorbed all", parts=parts)]
    kept = teller.parts(t.named(t.run.moved[row] - gone), line.currency)
    return [teller.say("absorbed", amount=teller.money(amount, line.currency), parts=parts, kept=kept)]


def _goes_on(t: Telling, line: ExplainedLine, row: int, teller: Teller) -> list[str]:
    target = teller.target(t.way.target)
    if row in t.into and not t.e.credit[row]:
        return [_reaches(t, line, teller)]
    said = []
    on = line.arrives or line.leaves
    if on:
        said.append(teller.say("goes on", parts=teller.parts(on, line.currency), target=target))
    if t.e.credit[row]:
        if row in t.into:
            said.append(_reaches(t, line, teller))
        elif not on:
            said.append(teller.say("passes none", target=target))
        return said
    away = t.dirty(t.run.moved[row] - t.way.flow[row])
    if away:
        said.append(teller.say("takes", parts=teller.parts(away, line.currency), target=target))
    return said or [teller.say("passes none", target=target)]


def _reaches(t: Telling, line: ExplainedLine, teller: Teller) -> str:
    target = teller.target(t.way.target)
    if not line.reaches:
        return teller.say("reaches none", target=target)
    return teller.say("reaches", target=target, parts=teller.parts(line.reaches, line.currency))


def _joined(said: Sequence[str], teller: Teller) -> str:
    return (" " if teller.language == "en" else "").join(said)
