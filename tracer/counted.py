"""`tracer match --check` at the rim: value counted once against all that is printed, and what each link carries in the trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tracer import match, untraced
from tracer.defence import Asked, Names, changed
from tracer.model import RULE_NAMES, Dossier, Money, Transfer
from tracer.model.parted import sent_by
from tracer.printed import Printed
from tracer.tables import View

__all__ = ["checked"]

_TRIED = 40  # links that are left out one by one, the largest first: each is a trace of its own
_WHY = {
    "copy": "printed elsewhere too",
    "other side": "counted where the movement left",
    "between": "shown again by a bank in the middle",
    "part": "counted with the payment of which it is a part",
}
_COLUMNS = (
    "link",
    "amount",
    "day",
    "joined by",
    "target",
    "目标",
    "figure",
    "数字",
    "with",
    "without",
    "difference",
    "finding",
    "结论",
)
#: A link by which the books carry nothing from account to account.
_IDLE = (
    "not followed in the trace, so that nothing changes without it: void, out of step, in no statement, or an asset's price",
    "追踪未沿此关联进行，剔除后无变化：已冲销、时间次序不符、不见于对账单，或为资产价款",
)
#: Without a claim no figure can change, whichever link is left out.
_NO_LINK_LEFT_OUT = (
    "What each link carries cannot be told: no link was left out.",
    "各关联的作用无从说明：未剔除任何关联。",
)


def _by(rungs: tuple[int, ...]) -> str:
    return ", ".join("a person" if rung < 0 else f"rung {rung}" for rung in rungs) or "no judgement of its own"


def checked(made: Dossier, ask: Asked | None, folder: Path) -> View:
    """Return, per account and currency, sums counted once against all postings, and below the effect of leaving each link out.

    ask   the question of the trace; None where it has no target. Where no claim is followed, that is said once. Left out are
          transfers with both sides, one at a time, as `tracer what-if unlink TRANSFER` does, and so are the lines of a payment
          in parts; what differs of every rule, floor and ceiling is told of each, in English and Chinese, and stands in the
          part "links".
    """
    rows, explained, printed = [], list[str](), Printed(made)
    for one in match.check(made.transfers, made.postings, made.judgements):
        parts = "; ".join(
            f"{Money(p.amount, one.currency)} on {p.lines} line{'s'[: p.lines > 1]} {_WHY[p.why]} ({_by(p.rungs)})"
            for p in one.joined
        )
        rows.append(
            (
                one.account,
                printed.account(one.account),
                one.lines,
                Money(one.printed, one.currency),
                Money(one.once, one.currency),
                Money(one.printed - one.once, one.currency),
                parts or "every line is counted",
            )
        )
        explained += [
            f"{one.account}: {_WHY[p.why]}, judgements {', '.join(j[:12] for j in p.judgements[:10])}"
            + (f" and {len(p.judgements) - 10} more" if len(p.judgements) > 10 else "")
            for p in one.joined
            if p.judgements
        ]
    joined = [t for t in made.transfers if t.debit and t.credit]
    both = len(joined)
    parts_of = [t for t in made.transfers if not (t.debit and t.credit) and t.in_parts and (t.debit or t.credit)]
    links = sorted((t for t in (*joined, *parts_of) if _is_carried(t, ask)), key=lambda t: (-_shown(t)[0], t.id))
    idle = sorted((t for t in joined if ask is not None and t not in links), key=lambda t: (-_shown(t)[0], t.id))
    carried: dict[str, View] = {}
    if ask is not None:
        carried["links"] = (
            _left_out(ask, links, idle, folder)
            if made.trace.claims
            else untraced.unanswered(made, _COLUMNS, folder, _NO_LINK_LEFT_OUT)
        )
        explained += ["", *carried["links"].explained]
    return View(
        "Value counted once, against all postings",
        ("account", "as_printed", "lines", "printed", "counted once", "difference", "because"),
        tuple(rows),
        f"{len(rows)} accounts and currencies · {both} links with both sides"
        + (f" and {n} lines of payments in parts" if (n := sum(1 for t in links if not (t.debit and t.credit))) else "")
        + (' · ["links"]: each figure with and without each link' if carried and made.trace.claims else ""),
        explained=tuple(explained),
        folder=folder,
        parts=carried,
    )


def _is_carried(transfer: Transfer, ask: Asked | None) -> bool:
    """Say whether a link, or a line of a payment in parts, carries money between two accounts of the books."""
    if ask is None:
        return False
    books = ask.standing.books
    row = books.row_of.get(sent_by(transfer))
    return row is not None and int(books.carried.partner[row]) >= 0


def _shown(link: Transfer) -> tuple[int, str, date | None]:
    """Return amount, currency and day of a link as it left; of a part that only arrives, as it arrived."""
    if link.debit or not link.in_parts:
        return link.amount_out or 0, link.currency_out, link.date_out
    return link.amount_in or 0, link.currency_in, link.date_in


def _left_out(ask: Asked, links: Sequence[Transfer], idle: Sequence[Transfer], folder: Path) -> View:
    """Return what each link carries: a row per target and figure (every rule, floor, ceiling) that differs without it.

    idle   links by which the books carry nothing from account to account: void, out of step, or the price of an asset
    """
    names, rows, told = Names(ask.made), list[tuple[Any, ...]](), list[str]()
    for link in links[:_TRIED]:
        _, found = changed(ask, ("unlink", link.id), folder)
        amount, currency, day = _shown(link)
        money = Money(amount, currency)
        rungs = link.rungs if link.debit and link.credit else (-1,)  # a person's word joins the parts
        by = _by(rungs), "、".join("人工判定" if rung < 0 else f"第{rung}级" for rung in rungs)
        figures = [*found.rules, "floor", "ceiling"]
        differing = [d for d in found.differences if d.figure in figures]
        differing.sort(key=lambda d: (names.order(d.target), figures.index(d.figure)))
        what = "each figure that differs" if differing else "no rule's figure, no floor and no ceiling changes"
        what_zh = "有变化的各项数字" if differing else "各规则的数字、下限及上限均不变"
        told += [
            f"{link.id[:12]} {money} of {day} ({by[0]}): {what}; tracer what-if unlink {link.id[:12]}",
            f"   {day} {money}（{by[1]}）：{what_zh}",
        ]
        alike: dict[tuple[str, str, int, int], list[str]] = defaultdict(list)
        for d in differing:
            alike[d.target, d.currency, d.before, d.after].append(d.figure)
            rows.append(
                (
                    link.id[:12],
                    money,
                    day,
                    by[0],
                    names(d.target),
                    names.in_chinese(d.target),
                    *_figure(d.figure),
                    Money(d.before, d.currency),
                    Money(d.after, d.currency),
                    Money(d.after - d.before, d.currency),
                    *_finding(d.before, d.after),
                )
            )
        for (target, currency, before, after), of in alike.items():
            one, other = Money(before, currency), Money(after, currency)
            falls, falls_zh = _finding(before, after) if before > 0 and after <= 0 else ("", "")
            told += [
                f"  {names(target)}: {', '.join(_figure(f)[0] for f in of)}: {one} with it, {other} without"
                + (f"; {falls}" if falls else ""),
                f"   {names.in_chinese(target)}：{'、'.join(_figure(f)[1] for f in of)}：有此关联 {one}，无此关联 {other}"
                + (f"；{falls_zh}" if falls else ""),
            ]
    for link in idle[:_TRIED]:
        amount, currency, day = _shown(link)
        money = Money(amount, currency)
        told += [f"{link.id[:12]} {money} of {day}: {_IDLE[0]}", f"   {day} {money}：{_IDLE[1]}"]
    left = len(links) + len(idle) - min(len(links), _TRIED) - min(len(idle), _TRIED)
    if left > 0:
        told += [f"{left} smaller links were not left out one by one.", f"   另有 {left} 个较小的关联未逐一剔除。"]
    return View(
        "What each link carries in the trace, left out by itself",
        _COLUMNS,
        tuple(rows),
        f"{min(len(links), _TRIED)} links left out, one at a time · {len(rows)} figures differ",
        explained=(
            "What each link carries in the trace, left out by itself:",
            "   逐一剔除各关联后追踪结果的变化：",
            *told,
        ),
        run=ask.made.trace.run,
        folder=folder,
    )


def _finding(before: int, after: int) -> tuple[str, str]:
    """Say what becomes of one figure without the link, in English and in Chinese: of this one, not of another of its target."""
    if after > before:
        return "more", "增加"
    return ("less, and above zero", "减少，但仍大于零") if after > 0 else ("falls to zero", "降为零")


def _figure(name: str) -> tuple[str, str]:
    """Return what a figure is called in English and in Chinese."""
    if name in RULE_NAMES:
        code, _, words_zh = RULE_NAMES[name]
        return code, f"{code} {words_zh}"
    return name, {"floor": "下限", "ceiling": "上限"}[name]
