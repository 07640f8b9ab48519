"""Explain this cent, at the rim: a figure of the trace told entry by entry, and its money back to where it came from.

The room tells (`tracer.trace.explain`); here the dossier becomes its entries, cites and names, floor and ceiling are put
beside the figure, and nouns become views. The figure explained must be the figure of the trace: anything else stops.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path

from tracer import trace, untraced
from tracer.meant import target_meant
from tracer.model import (
    RULE_NAMES,
    AssetTrace,
    Bounds,
    CaseError,
    CheckFailed,
    Cite,
    Dossier,
    Explanation,
    Money,
    OriginLine,
    Origins,
    RuleError,
    major,
)
from tracer.model.judging import how_known
from tracer.model.parted import is_hub, leg_of
from tracer.model.targets import asset_of
from tracer.printed import Printed
from tracer.tables import View
from tracer.trace.explain import explain
from tracer.trace.explain_back import back
from tracer.trace.explain_words import Names, cited, numbered_origins
from tracer.trace.replay import Replay
from tracer.tracing import Reading, as_read, reading_of

__all__ = ["LANGUAGES", "Traced", "Ways", "explained", "with_ways"]

LANGUAGES = ("en", "zh")

_POSTING = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")

#: A name in a sentence of the bounds, in either language: an account, with the currency where it has several, or an asset.
_NAME = re.compile(r"([A-Za-z0-9:._-]+)( [A-Z]{3}(?![A-Za-z0-9]))?")

#: Kind of a line -> the word in the table.
_WORDS = {
    "between": "entries between",
    "others": "other accounts",
    "elsewhere": "paid elsewhere",
    "payment": "paid",
    "transfer": "sent to",
    "arrival": "arrives from",
    "account": "passed on by",
    "target": "all of it",
    "swallowed": "repaid the bank",
    "kept": "held at the end",
    "lent": "lent by the bank",
    "gap": "not explained by any record",
}
_ORDER = (
    "Over {orders} of {days} days that no record orders the figure is {least} to {most}.",
    "对无记录可证次序的{days}天，在{orders}下，该数字为{least}至{most}。",
)
_ORDERS = (("{n} orders", "{n}种次序"), ("more orders than can be listed", "多得无法逐一列出的次序"))
_FLOOR = {
    "floor": ("Floor, whichever conserving rule is adopted: {amount}.", "下限（不论采用何种守恒规则）：{amount}。"),
    "ceiling": ("Ceiling, whichever conserving rule is adopted: {amount}.", "上限（不论采用何种守恒规则）：{amount}。"),
}


class Ways:
    """The entries of one dossier and the replay of each rule, made once; what is explained is always its own trace."""

    def __init__(self, made: Dossier, reading: Reading | None = None) -> None:
        self.made = made
        known = reading or reading_of(made)
        self.read = as_read(known.books)
        self.bundle = known.question.bundle
        self.names = _names(made, self.read.entries.accounts)
        self.replay: Callable[[str], Replay] = cache(self._replay)
        gaps = {gap.id: gap.cites for gap in self.read.gaps}
        self._movements = [j for j in made.judgements if j.subject == "movement" and j.decision == "same"]
        self._transfer_of = {leg: t for t in made.transfers for leg in (t.debit, t.credit) if t.debit and t.credit}
        self._unexplained = {row: gaps.get(gap, ()) for gap, _, row in self.read.doubts}

    @cached_property
    def _opened(self) -> dict[int, tuple[Cite, ...]]:
        """Account code -> the cite of the statement that its first posting stands in: there the opening is printed."""
        entries, made = self.read.entries, self.made
        found: dict[int, tuple[Cite, ...]] = {}
        for code, key in zip(entries.account.tolist(), entries.source or (), strict=False):
            posting = made.postings.get(key) if code not in found else None
            statement = made.statements.get(posting.statement) if posting else None
            if statement is not None:
                found[code] = (statement.cite,)
        return found

    def _replay(self, rule: str) -> Replay:
        return trace.replay(self.read.entries, rule, bundle=self.bundle)

    def cites(self, row: int) -> tuple[Cite, ...]:
        """Return where an entry is printed; an opening where its statement is, a gap where the statements around it are."""
        entries, made = self.read.entries, self.made
        posting = made.postings.get(leg_of((entries.source or ())[row]))
        if posting is not None:
            return (posting.cite,)
        if entries.opening[row]:
            return self._opened.get(int(entries.account[row]), ())
        return tuple(self._unexplained.get(row, ()))

    def known(self, row: int) -> str:
        """Return how an entry is known: a transfer by the records that join its legs, one in parts by a person's word, a gap by nothing."""
        entries = self.read.entries
        if entries.partner[row] >= 0 and entries.between[entries.account[[row, int(entries.partner[row])]]].any():
            return "inferred"
        source = (self.read.entries.source or ())[row]
        transfer = self._transfer_of.get(source) if self.read.entries.partner[row] >= 0 else None
        if transfer is not None:
            return how_known(transfer, self._movements)
        return "documented" if source in self.made.postings or self.read.entries.opening[row] else "assumed"

    def rule(self, wanted: str) -> str:
        """Return the rule asked for, or the one selected in case.yaml. Raises: RuleError."""
        chosen = wanted or self.made.case.tracing.selected
        codes = {code.casefold(): rule for rule, (code, *_) in RULE_NAMES.items()}
        chosen = codes.get(chosen.casefold(), chosen)
        if chosen not in RULE_NAMES:
            near = get_close_matches(chosen, RULE_NAMES, n=1) or list(RULE_NAMES)
            raise RuleError(
                f"There is no rule {wanted!r}.",
                where="explain",
                meaning="Nothing was explained.",
                next_call="one of " + ", ".join(near),
            )
        return chosen

    def target(self, wanted: str) -> AssetTrace:
        """Return the target meant, as every verb reads it. Raises: CaseError where none or several are meant."""
        nothing = "Nothing was explained: the arithmetic of another figure would look like this one's."
        return target_meant(self.made, wanted, "explain", nothing)

    def explanation(self, wanted: str, rule: str = "") -> Explanation:
        """Return the arithmetic of a figure with the words of its floor and ceiling. Raises: CheckFailed, as `explain`."""
        target, chosen = self.target(wanted), self.rule(rule)
        told = explain(
            self.read.entries,
            self.replay(chosen),
            target.target,
            cites=self.cites,
            known=self.known,
            names=self.names,
        )
        stated = target.by_rule.get(chosen, told.figure)
        if (told.figure, told.recorded) != (stated, target.recorded):
            raise CheckFailed(
                f"{told.figure} of {told.recorded} was explained, and the trace says {stated} of {target.recorded}.",
                where=f"{target.target} under {chosen}",
                meaning="An explanation of another figure would be printed: nothing is given. This is a bug of tracer.",
                next_call="report the run and this line; the other verbs work",
            )
        en, zh = (
            [*self._orders(target, chosen, language), *self._bounds(target.bounds, language)] for language in LANGUAGES
        )
        others_en, others_zh = untraced.others(self.made)
        return replace(
            told,
            before_en=(*told.before_en, *others_en),
            before_zh=(*told.before_zh, *others_zh),
            after_en=(*told.after_en, *en),
            after_zh=(*told.after_zh, *zh),
        )

    def origins(self, wanted: str, rule: str = "") -> Origins:
        """Return where the money of a target came from."""
        target, chosen = self.target(wanted), self.rule(rule)
        return back(self.read.entries, self.replay(chosen), target.target, cites=self.cites, names=self.names)

    def _orders(self, target: AssetTrace, rule: str, language: str) -> list[str]:
        """Return the range of the figure over the orders of days that no record orders, where it moves."""
        least, most = target.by_order.get(rule, (0, 0))
        if least == most:
            return []
        place = LANGUAGES.index(language)
        orders = _ORDERS[0 if target.orders else 1][place].format(n=target.orders)
        low, high = (str(Money(x, target.currency)) for x in (least, most))
        return [_ORDER[place].format(orders=orders, days=target.days, least=low, most=high)]

    def _bounds(self, found: Bounds, language: str) -> list[str]:
        """Return floor and ceiling with the cuts that prove them, in the words of the trace."""
        said = []
        for side, amount in (("floor", found.floor), ("ceiling", found.ceiling)):
            form = _FLOOR[side][LANGUAGES.index(language)]
            said.append(form.format(amount=str(Money(amount, found.currency))))
            words = getattr(found, f"words_{side}" + ("" if language == "en" else "_zh"))
            said += [self._printed(sentence) for sentence in words]
        return said

    def _printed(self, sentence: str) -> str:
        """Return a sentence of the bounds with cites, accounts and assets as this explanation prints them."""

        def cite(found: re.Match[str]) -> str:
            posting = self.made.postings.get(found[0])
            return self.names.cite(posting.cite) if posting else found[0]

        def name(found: re.Match[str]) -> str:
            word, currency = found[1], found[2] or ""
            bare = word.rstrip(".:")
            if f"{bare}{currency}" in self.names.accounts:
                return self.names.accounts[f"{bare}{currency}"] + word[len(bare) :]
            asset = self.names.assets.get(bare.removeprefix("ASSET:")) if bare.startswith("ASSET:") else None
            return (asset or self.names.accounts.get(bare, bare)) + word[len(bare) :] + currency

        sentence = _NAME.sub(name, sentence)
        return _POSTING.sub(cite, sentence)


def _names(made: Dossier, accounts: Sequence[str]) -> Names:
    """Return accounts by number and display id, assets by description, exhibits by number."""
    shown, printed = {}, Printed(made)
    for name in accounts:
        key, _, currency = name.rpartition(" ")
        whole = made.account_ids.get(name)
        one = whole or (f"{made.account_ids[key]}-{currency}" if key in made.account_ids else "")
        number = printed.number(name if whole or not one else key)
        if is_hub(name) and whole:
            shown[name] = whole
            continue
        shown[name] = f"{number} ({one})" if one else number
    described = {a.record: a.description or a.record for a in made.assets.values()}
    targets = [(t.target, *asset_of(t.target, described)) for t in made.trace.targets] if made.trace else []
    in_another = {
        t.removeprefix("sink:ASSET:"): f"{described[r]} ({currency})" for t, r, currency in targets if currency
    }
    return Names(
        accounts=shown,
        assets=described | in_another,
        exhibits={e.sha256: e.number for e in made.exhibits},
    )


@dataclass(frozen=True, eq=False, repr=False)
class Traced(View):
    """The table of a trace, from which any figure can be explained and followed back."""

    ways: Callable[[], Ways] | None = None

    def explain(self, asset: str = "", rule: str = "", language: str = "en") -> str:
        """Return the words of the table; of one asset the arithmetic of its figure, as numbered sentences."""
        if not asset or self.ways is None:
            return super().explain()
        return explained(self.ways(), asset, rule, self.folder, language=language).explain()

    def back(self, asset: str, rule: str = "") -> View:
        """Return where the money of an asset came from, as a table; `.explain()` tells it in sentences."""
        return explained(self.ways(), asset, rule, self.folder, backward=True) if self.ways else self


def with_ways(view: View, made: Dossier) -> Traced:
    """Return the table of a trace with what it takes to explain its figures; nothing is computed until it is asked for."""
    kept = {f.name: getattr(view, f.name) for f in fields(View)}
    return Traced(**kept, ways=cache(lambda: Ways(made)))


def explained(
    ways: Ways, asset: str, rule: str, folder: Path | None, *, backward: bool = False, language: str = "en"
) -> View:
    """Return the arithmetic of a figure, or its money back to the sources, as a table whose words are numbered sentences."""
    if language not in LANGUAGES:
        raise CaseError(
            f"{language!r} is not a language of an explanation.",
            where="explain",
            meaning="Nothing was explained.",
            next_call="one of en, zh",
        )
    if not ways.made.trace.claims and not backward:
        return _untraced(ways, asset, rule, folder, language)
    if backward:
        return _origins(ways, ways.origins(asset, rule), folder, language)
    return _explanation(ways, ways.explanation(asset, rule), folder, language)


def _untraced(ways: Ways, asset: str, rule: str, folder: Path | None, language: str) -> View:
    """Return that nothing is traced, and why: where no claim is followed, a figure of zero would read as innocence."""
    made = ways.made
    ways.rule(rule)
    if made.trace.targets:
        ways.target(asset)
    gaps = {event.id: untraced.reason_of(event, made) for event in made.case.events}
    said = untraced.nothing_traced(made)[LANGUAGES.index(language)]
    return View(
        untraced.title(made)[0],
        ("event", "cite"),
        tuple((event, cited(gap.cites if gap else (), ways.names)) for event, gap in gaps.items()),
        untraced.next_call(made)[0],
        explained=said,
        sourced=_sources(ways, [cite for gap in gaps.values() if gap for cite in gap.cites]),
        run=made.trace.run,
        folder=folder,
        problems=(untraced.title(made)[0],),
        is_unanswered=True,
    )


def _not_traced(made: Dossier) -> str:
    missing = untraced.left_out(made)
    return f" · not traced: {', '.join(missing)}" if missing else ""


def _title(ways: Ways, target: str, rule: str) -> str:
    name = next(t.name or t.target for t in ways.made.trace.targets if t.target == target)
    if target.startswith("bal:"):
        name = Printed(ways.made).target(target)
    code, words, _ = RULE_NAMES[rule]
    return f"{name} under {code} ({words})"


def _parts(amounts: Mapping[str, int], currency: str) -> str:
    return ", ".join(f"{label} {major(x, currency, group=True)}" for label, x in amounts.items())


def _sources(ways: Ways, cites: Sequence[Cite]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{cited([c], ways.names)} sha256:{c.exhibit}" for c in cites))


def _hashes(cites: Sequence[Cite]) -> str:
    return "; ".join(dict.fromkeys(c.exhibit for c in cites))


def _other(ways: Ways, other: str) -> str:
    return ways.names.accounts.get(other) or _asset(ways, other) if other else ""


def _asset(ways: Ways, target: str) -> str:
    return next((t.name or t.target for t in ways.made.trace.targets if t.target == target), target)


def _explanation(ways: Ways, told: Explanation, folder: Path | None, language: str) -> View:
    rows = tuple(
        (
            line.number,
            line.day if line.day == line.last_day else f"{line.day or '-'} to {line.last_day or '-'}",
            ways.names.account(line.account),
            f"{_WORDS.get(line.kind, line.kind)} {_other(ways, line.other)}".strip()
            + (f" ({line.entries:,})" if line.entries > 1 else ""),
            Money(line.amount, line.currency),
            Money(line.before, line.currency),
            _parts(line.held, line.currency),
            _parts(line.moved, line.currency),
            Money(sum(line.arrives.values()), line.currency),
            Money(sum(line.leaves.values()), line.currency),
            Money(sum(line.reaches.values()), line.currency),
            ways.known(ways.read.row_of[line.postings[0]]) if line.entries == 1 else "",
            cited(line.cites, ways.names),
            _hashes(line.cites),
        )
        for line in told.lines
    )
    heads = (
        "line",
        "day",
        "account",
        "what",
        "amount",
        "before",
        "held_before",
        "moves",
        "way_in",
        "way_out",
        "into_target",
        "known",
        "cite",
        "sha256",
    )
    return View(
        f"{Money(told.figure, told.currency)} of {Money(told.recorded, told.currency)}: {_title(ways, told.target, told.rule)}",
        heads,
        rows,
        f"the lines bring {Money(told.figure, told.currency)} to it"
        + (f" ({_parts(told.by_label, told.currency)})" if len(told.by_label) > 1 else "")
        + _not_traced(ways.made),
        explained=(
            *told.sentences("en" if language == "en" else "zh"),
            *untraced.others_next(ways.made)[LANGUAGES.index(language)],
        ),
        sourced=_sources(ways, [c for line in told.lines for c in line.cites]),
        run=ways.made.trace.run,
        folder=folder,
    )


def _origins(ways: Ways, told: Origins, folder: Path | None, language: str) -> View:
    def what(line: OriginLine) -> str:
        word = _WORDS.get(line.kind, "from" if line.kind == "transfer" else line.kind)
        if line.kind == "transfer":
            word = "arrives from"
        name = ways.names.account(line.account) if line.kind in ("account", "payment", "swallowed", "kept") else ""
        told_ = f"{word} {ways.names.account(line.other) if line.kind == 'transfer' else name}".strip()
        more = f" ({line.entries:,})" if line.entries > 1 else ""
        return f"{told_}{more}{f', line {line.branch}' if line.branch else ''}"

    rows = tuple(
        (
            line.number,
            line.parent or None,
            line.day,
            what(line),
            Money(line.amount, line.currency),
            _parts(line.by_label, line.currency),
            cited(line.cites, ways.names),
            _hashes(line.cites),
        )
        for line in told.lines
    )
    place = LANGUAGES.index(language)
    nothing: tuple[str, ...] = ()
    if not ways.made.trace.claims:
        nothing = untraced.nothing_traced(ways.made, untraced.UNLABELLED)[place]
    return View(
        f"Where it came from: {_title(ways, told.target, told.rule)}",
        ("line", "part_of", "day", "what", "amount", "by_origin", "cite", "sha256"),
        rows,
        f"in all {Money(sum(told.by_label.values()), told.currency)}: {_parts(told.by_label, told.currency)}"
        + (f" · {untraced.title(ways.made)[0]}" if nothing else "")
        + _not_traced(ways.made),
        explained=(
            *nothing,
            *untraced.others(ways.made)[place],
            *numbered_origins(told, "en" if language == "en" else "zh"),
            *untraced.others_next(ways.made)[place],
        ),
        sourced=_sources(ways, [c for line in told.lines for c in line.cites]),
        run=ways.made.trace.run,
        folder=folder,
    )
