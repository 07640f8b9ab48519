"""What readers marked, at the rim: the rows of `problems`, and the gaps by which the annex tells a check that is off.

The sentence of each kind of mark, in both languages, is that of `tracer.ingest.marks`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tracer.ingest.marks import Kind, kind_of, told
from tracer.model import Cite, Dossier, Gap, Money, Posting, Reconciliation, Statement

__all__ = ["check_gaps", "doubts", "notes", "readings"]

_NAMED = 5  # places named in a row that stands for many records
_KINDS = ("posting", "statement", "message", "party", "account", "interest", "asset", "aggregate")
#: Check -> what it is called in both languages. Sums, chains and running balances have gaps of their own.
_CHECKS = {
    "dates": ("days", "日期"),
    "marks": ("what the reader marked", "读取标记"),
    "control_total": ("printed totals", "所印合计"),
    "currency": ("currencies", "币种"),
    "complete": ("completeness", "完整性"),
}


def _of(made: Dossier) -> Iterator[tuple[Any, str]]:
    for held in (
        made.statements, made.postings, made.messages, made.parties, made.accounts, made.interests, made.assets,
        made.aggregates,
    ):  # fmt: skip
        for noun in held.values():
            for mark in noun.marks:
                yield noun, mark


def doubts(made: Dossier, place: Callable[[Cite], str]) -> list[tuple[Any, ...]]:
    """Return a row of `problems` for every mark that puts something of its record in doubt."""
    return [
        (
            place(noun.cite),
            f"marked: {kind_of(mark).touches}",
            told(mark),
            Money(noun.amount, noun.currency) if isinstance(noun, Posting) else None,
            "compare with the original line; what rests on it says so until a person has",
        )
        for noun, mark in _of(made)
        if kind_of(mark).is_doubt
    ]


def _grouped(made: Dossier, level: str) -> dict[tuple[str, Kind], list[tuple[Cite, str]]]:
    found: dict[tuple[str, Kind], list[tuple[Cite, str]]] = defaultdict(list)
    for noun, mark in _of(made):
        kind = kind_of(mark)
        if kind.touches == level:
            found[noun.cite.exhibit, kind].append((noun.cite, mark))
    return found


def notes(made: Dossier, place: Callable[[Cite], str]) -> list[tuple[Any, ...]]:
    """Return a row of `problems` for each kind of odd mark in each exhibit that puts no figure in doubt."""
    return [
        (place(held[0][0]), f"note: {kind.name}", _said(kind, held, place), None, "for information")
        for (_, kind), held in _grouped(made, "note").items()
    ]


def readings(made: Dossier, place: Callable[[Cite], str]) -> list[str]:
    """Return one line for each kind of mark in each exhibit that only says how its records were read."""
    return [f"{place(held[0][0])}: {_said(kind, held, place)}" for (_, kind), held in _grouped(made, "reading").items()]


def _said(kind: Kind, held: list[tuple[Cite, str]], place: Callable[[Cite], str]) -> str:
    shown = "; ".join(f"{place(cite)} {mark[:200]}" for cite, mark in held[:_NAMED])
    more = f"; and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
    return f"{kind.en}: {shown}{more}"


def check_gaps(checks: Iterable[Reconciliation], by_kind: Mapping[str, Mapping[str, Any]]) -> tuple[Gap, ...]:
    """Return a gap for every check of an exhibit that is off and that no other gap tells: days, marks, totals, currencies.

    `by_kind`: kind -> id -> noun, the facts on which the checks were made.
    """
    off = [check for check in checks if check.outcome == "off" and check.check in _CHECKS]
    if not off:
        return ()
    statements = {s.cite: key for key, s in by_kind["statement"].items()}
    lines: dict[str, list[Posting]] = defaultdict(list)
    for posting in by_kind["posting"].values():
        if posting.marks:
            lines[posting.statement].append(posting)
    made = []
    for check in off:
        base = Cite(check.cite.exhibit, check.cite.locator.partition("#")[0])
        key = statements.get(check.cite) or statements.get(base)
        statement = by_kind["statement"][key] if key else None
        held = (
            [statement, *sorted(lines[key], key=lambda one: one.line)] if statement and key else _rest(check, by_kind)
        )
        made.append(_gap(check, statement, [(noun.cite, mark) for noun in held for mark in noun.marks]))
    return tuple(made)


def _rest(check: Reconciliation, by_kind: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Return the records of an exhibit that no statement holds."""
    kinds = [kind for kind in _KINDS if kind not in {"posting", "statement"}]
    return [n for kind in kinds for n in by_kind.get(kind, {}).values() if n.cite.exhibit == check.cite.exhibit]


def _concerns(check: str, kind: Kind) -> bool:
    apart = {"date": "dates", "completeness": "complete", "total": "control_total"}
    if kind.name == "other-currency":
        return check == "currency"
    if kind.name == "net-off" or kind.touches in {"date", "completeness"}:
        return check == apart[kind.touches]
    return check == "marks" and kind.is_doubt


def _gap(check: Reconciliation, statement: Statement | None, held: list[tuple[Cite, str]]) -> Gap:
    mine = [(cite, kind_of(mark)) for cite, mark in held if _concerns(check.check, kind_of(mark))]
    counted = Counter(kind for _, kind in mine)
    en = [f"{kind.en} ({n})" for kind, n in counted.items()]
    zh = [f"{kind.zh}（{n}）" for kind, n in counted.items()]
    others = (check.found or 0) - len(mine)
    if check.check == "dates" and others:
        en.append(f"a day outside the period, or later than the exhibit ({others})")
        zh.append(f"日期在期间之外或晚于证物（{others}）")
    elif check.check == "currency" and others:
        en.append(f"lines in another currency ({others})")
        zh.append(f"其他币种的行（{others}）")
    elif check.check == "complete" and not mine:
        en.append("the text ends inside a message, and no closing balance is printed")
        zh.append("文本在报文内中断，且无期末余额")
    elif check.check == "control_total" and check.expected is not None and check.found is not None:
        printed, found, off = (_figure(v, check.currency) for v in (check.expected, check.found, check.difference or 0))
        en = [f"printed {printed}, the lines give {found}, difference {off}"]
        zh = [f"所印 {printed}，各行合计 {found}，差额 {off}"]
    account = (statement.account_key or statement.account) if statement else ""
    name, name_zh = _CHECKS[check.check]
    of, of_zh = (f"Account {account}", f"账户 {account}") if account else ("Records of an exhibit", "证物记录")
    return Gap(
        id=f"check/{check.check}/{check.cite}",
        kind="check_off",
        description_en=f"{of}: {name} of the exhibit are in doubt: {'; '.join(en)}.",
        description_zh=f"{of_zh}：证物的{name_zh}存疑：{'；'.join(zh)}。",
        affects=(account,) if account else (),
        amount=abs(check.difference) if check.difference is not None and check.currency else None,
        currency=check.currency if check.difference is not None else "",
        ask_en="A legible original of these lines, or the bank's confirmation of what they say.",
        ask_zh="该等行的清晰原件，或银行对其内容的确认。",
        cites=tuple(dict.fromkeys((check.cite, *(cite for cite, _ in mine)))),
    )


def _figure(value: int, currency: str) -> str:
    return str(Money(value, currency)) if currency else str(value)
