"""One account and currency as its statements print it: its lines in bank order, its holes, its days without order.

A hole between two statements, a statement that does not sum and statements that overlap and differ are entries of their own
and gaps, never bridged in silence. With a hole open everything held leaves there and what comes after is of unknown origin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from tracer.model import Gap, Posting, Statement, major
from tracer.model.order import Place, consecutive, is_list
from tracer.trace.orders import feasible

__all__ = ["AccountLines", "Line"]

_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY = 5
_WEEKEND, _MONTH = 4, 27  # days from opening to closing: at the most of a day's statement, at the least of a month's
_FEE_CODES = frozenset({"CHG", "COM", "FEE", "NCHG", "NCOM", "FCHG"})
_FEE_WORDS = ("CHARGE", "COMMISSION", "FEE ", "GEBÜHR", "ENTGELT", "手续费")
_CASH_WORDS = ("CASH WITHDRAWAL", "ATM ", "BARAUSZAHLUNG", "取现", "RETRAIT", "CASH PAID OUT")


@dataclass(slots=True)
class Line:
    """One entry before it has a row: `posting` is a fact id, or a name for an opening or a gap."""

    account: int
    amount: int
    credit: bool
    posting: str
    day: int
    opening: bool = False
    sink: str = ""
    origin: dict[str, int] = field(default_factory=dict)
    block: int = -1


class AccountLines:
    """One account and currency: its lines in bank order, its holes and its blocks without order."""

    def __init__(
        self,
        code: int,
        name: str,
        currency: str,
        keys: list[str],
        postings: Mapping[str, Posting],
        statements: Mapping[str, Statement],
        void: set[str],
        sums: Mapping[str, int],
    ) -> None:
        self.code, self.name, self.currency, self.keys = code, name, currency, keys
        self.postings, self.statements, self.void, self.sums = postings, statements, void, sums
        self.gaps: list[Gap] = []
        self.holes: list[str] = []
        self.starts: list[tuple[str, list[str]]] = []
        self.days: list[tuple[str, date, int, str]] = []
        self.of_statement: Mapping[str, tuple[date, int, date, int]] = {}
        self.of_line: Mapping[str, Place] = {}
        self.booked: Mapping[str, list[Posting]] = {}

    def lines(
        self,
        claimed: Mapping[str, dict[str, int]],
        assets: Mapping[str, str],
        opening_label: str,
        is_open: Callable[[str], bool],
    ) -> tuple[list[Line], int]:
        """Return the lines and the opening debt."""
        groups: list[tuple[str, list[str]]] = []
        for key in self.keys:
            origin_id = self.postings[key].statement
            if not groups or groups[-1][0] != origin_id:
                groups.append((origin_id, []))
            groups[-1][1].append(key)
        groups = self._with_empty(groups)
        lines: list[Line] = []
        several = self._overlapping(groups)
        opening = self._opening(groups[0], several.get(0, []))
        debt = max(0, -opening)
        if opening > 0:
            lines.append(
                self._line(opening, f"opening:{self.name}", self._day(groups[0]), origin={opening_label: opening})
            )
            lines[0].opening = True
        balance, voided = opening, 0
        latest: Statement | None = None
        latest_place: tuple[date, int] | None = None
        gone: list[Statement] = []  # those of the place before
        ends = {statement_id: place for place, (statement_id, _) in enumerate(groups)}
        breaks: dict[str, int] = {}  # a statement that overlaps with another may come in several parts, and breaks once
        apart, until, together = 0, -1, ""  # what statements that overlap leave unexplained, and their last group
        for place, (statement_id, keys) in enumerate(groups):
            statement = self.statements.get(statement_id)
            begins = statement_id not in breaks
            if begins:
                whole = [key for name, mine in groups if name == statement_id for key in mine if key not in self.void]
                if self._place((statement_id, keys))[:2] != latest_place:
                    names = [name for _, name, _ in several.get(place, [])]
                    head = min((self.of_statement[n][3], n) for n in names)[1] if names else statement_id
                    after = self.statements.get(head)
                    come = [self.statements[n] for n in dict.fromkeys(names or [head]) if n in self.statements]
                    balance = self._bridge(
                        lines, latest, after, balance, keys, voided=voided, is_open=is_open, beside=(gone, come)
                    )
                    gone = come
                breaks[statement_id] = self._broken(statement_id, whole)
            broken = breaks[statement_id]
            if place in several and (differ := self._apart(several[place], balance + voided)) is not None:
                apart = differ
                until, together = several[place][-1][0], f"break/{self.name}/{several[place][0][1]}+"
                if apart > 0:
                    balance += self._unexplained(lines, several[place][0][1], apart, "+")
            open_here = bool(broken) and is_open(f"break/{self.name}/{statement_id}")
            open_here = open_here or (place <= until and is_open(together))
            if broken > 0 and begins:
                balance += self._unexplained(lines, statement_id, broken)
            for key in keys:
                posting = self.postings[key]
                if key in self.void:
                    voided += posting.amount
                    continue
                if open_here and posting.amount < 0 < balance:
                    self._exchange(lines, balance, key, _day_of(posting))
                balance += posting.amount
                origin = dict(claimed.get(key, {}))
                if posting.amount > 0:
                    origin["U"] = origin.get("U", 0) + posting.amount - sum(origin.values())
                sink = "" if posting.amount >= 0 else assets.get(key) or _sink(posting)
                lines.append(self._line(posting.amount, key, _day_of(posting), origin=origin, sink=sink))
            if open_here and balance > 0 and ends[statement_id] == place:
                self._exchange(lines, balance, f"end:{statement_id}", _last(lines))
            if broken < 0 and ends[statement_id] == place:
                balance += self._unexplained(lines, statement_id, broken)
            if place == until and apart < 0:
                balance += self._unexplained(lines, together.rpartition("/")[2][:-1], apart, "+")
            latest = _later(latest, statement)
            latest_place = self._place((statement_id, keys))[:2]
        return [line for line in lines if line.amount], debt

    def _broken(self, statement_id: str, counted: list[str]) -> int:
        """Return the printed closing less what opening and lines make; a difference is a gap."""
        s = self.statements.get(statement_id)
        if s is None or s.opening is None or s.closing is None:
            return 0
        off = s.closing - s.opening - self.sums.get(statement_id, 0)
        if not off:
            return 0
        start, end = s.opening_date or s.period_from, s.closing_date or s.period_to
        money = f"{major(abs(off), self.currency, group=True)} {self.currency}"
        way_en, way_zh = ("more", "多") if off > 0 else ("less", "少")
        self.holes.append(f"break:{self.name}:{statement_id}")
        self.starts.append((f"break/{self.name}/{statement_id}", [*counted, f"break:{self.name}:{statement_id}"]))
        self.gaps.append(
            Gap(
                id=f"break/{self.name}/{statement_id}",
                kind="break",
                description_en=f"Account {self.name}, {start} to {end}: the statement closes at {money} {way_en} than its "
                "opening balance and lines make. The rules carry the difference as an entry that nobody explained, where it "
                "leaves most in the account; floors treat the whole statement as not seen. The effect given is between these two "
                "readings: another explanation may give another figure, never one below the floor.",
                description_zh=f"账户 {self.name}，{start} 至 {end}：期末余额比期初余额加各笔记账{way_zh} {money}。"
                "各规则将差额作为未获说明的记账处理，列于使账上余额最高之处；计算下限时，整份对账单视为未见。"
                "所列影响为这两种算法之间的差距；其他解释可能得出其他数字，但不低于下限。",
                affects=(self.name,),
                amount=abs(off),
                currency=self.currency,
                ask_en=f"The original statement of account {self.name} from {start} to {end}, with every line legible.",
                ask_zh=f"账户 {self.name} {start} 至 {end} 的对账单原件，每笔记账清晰可读。",
                cites=(s.cite,),
                period=(start, end),
            )
        )
        return off

    def _overlapping(self, groups: list[tuple[str, list[str]]]) -> dict[int, list[tuple[int, str, list[str]]]]:
        """Return, by the place of the first of them, the groups of lines of statements that print the same days."""
        found: dict[tuple[date, int], list[tuple[int, str, list[str]]]] = defaultdict(list)
        for place, (statement_id, keys) in enumerate(groups):
            found[self._place((statement_id, keys))[:2]].append((place, statement_id, keys))
        return {
            parts[0][0]: parts
            for (_, rank), parts in found.items()
            if rank >= 0 and len({statement_id for _, statement_id, _ in parts}) > 1
        }

    def _apart(self, parts: list[tuple[int, str, list[str]]], before: int) -> int | None:
        """Return the last printed closing less what all lines of overlapping statements make, None where they agree.

        Each of them may sum and they may still differ in a line: printed in other words in both, or in one of them only; the
        last one may print it, so that its closing agrees. Either way it is a gap. Where one does not sum, that is told
        already.
        """
        mine = {name: self.statements[name] for _, name, _ in parts if name in self.statements}
        if any(
            s.opening is not None and s.closing is not None and s.closing - s.opening != self.sums.get(name, 0)
            for name, s in mine.items()
        ):
            return None
        closed = [
            (s.closing_date or s.period_to or date.min, self.of_statement[name], s.closing)
            for name, s in mine.items()
            if s.closing is not None
        ]
        if not closed:
            return None
        keys = [key for _, _, keys in parts for key in keys]
        off = max(closed)[2] - before - sum(self.postings[key].amount for key in keys)
        lacking = max((abs(self._lacks(name, s, keys)) for name, s in mine.items()), default=0)
        if not off and not lacking:
            return None
        first = parts[0][1]
        days = [d for s in mine.values() for d in (s.opening_date, s.period_from, s.closing_date, s.period_to) if d]
        start, end = (min(days), max(days)) if days else (None, None)
        money = f"{major(abs(off) or lacking, self.currency, group=True)} {self.currency}"
        name = f"break:{self.name}:{first}+"
        self.holes.append(name)
        self.starts.append((f"break/{self.name}/{first}+", [*(key for key in keys if key not in self.void), name]))
        self.gaps.append(
            Gap(
                id=f"break/{self.name}/{first}+",
                kind="overlap",
                description_en=f"Account {self.name}, {start} to {end}: {len(mine)} statements print the same days, each sums, and "
                f"their lines differ by {money}. A line that they print in other words may be counted twice, or a line may stand in "
                "one of them only. The rules count every line once and carry what then lacks to the last closing balance as an "
                "entry that nobody explained, where it leaves most in the account; floors treat these days as not seen. The effect "
                "given is between these two readings: another explanation may give another figure, never one below the floor.",
                description_zh=f"账户 {self.name}，{start} 至 {end}：{len(mine)} 份对账单覆盖相同日期，各自平衡，但所列记账相差 {money}。"
                "同一笔记账可能因文字不同而被计两次，或仅见于其中一份。各规则对每笔记账只计一次，并将与最后一份期末余额的差额作为"
                "未获说明的记账处理，列于使账上余额最高之处；计算下限时，上述日期视为未见。"
                "所列影响为这两种算法之间的差距；其他解释可能得出其他数字，但不低于下限。",
                affects=(self.name,),
                amount=abs(off) or lacking,
                currency=self.currency,
                ask_en=f"The bank's own ledger of account {self.name} from {start} to {end}, with the sequence number of each entry.",
                ask_zh=f"账户 {self.name} {start} 至 {end} 的银行分户账，附每笔记账的流水号。",
                cites=tuple(s.cite for s in mine.values()),
                period=(start, end),
            )
        )
        return off

    def _lacks(self, name: str, statement: Statement, keys: list[str]) -> int:
        """Return by how much the lines of all differ from those of one statement on the days that it wholly covers.

        Its first and last day it may cover in part.
        """
        start, end = statement.opening_date or statement.period_from, statement.closing_date or statement.period_to

        def inside(posting: Posting) -> bool:
            day = posting.booked or posting.value_date
            return start is not None and end is not None and day is not None and start < day < end

        whole = sum(self.postings[key].amount for key in keys if inside(self.postings[key]))
        return whole - sum(p.amount for p in self.booked.get(name, ()) if inside(p))

    def _unexplained(self, lines: list[Line], statement_id: str, off: int, mark: str = "") -> int:
        """Carry a break as one entry: money in before the lines of its statement, money out after them."""
        s = self.statements[statement_id]
        name = f"break:{self.name}:{statement_id}{mark}"
        if off > 0:
            lines.append(self._line(off, name, _ordinal(s.opening_date or s.period_from), origin={"U": off}))
        else:
            lines.append(self._line(off, name, _last(lines), sink=f"sink:GAP:{self.name}"))
        return off

    def _exchange(self, lines: list[Line], balance: int, key: str, day: int) -> None:
        """Let everything held leave and come back as money of unknown origin: unseen, it may have been so."""
        lines.append(self._line(-balance, f"gap:{key}", day, sink=f"sink:GAP:{self.name}"))
        lines.append(self._line(balance, f"gap:{key}:after", day, origin={"U": balance}))

    def _with_empty(self, groups: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
        """Add statements without lines, so that their balances close the chain."""
        seen = {statement for statement, _ in groups}
        first = self.postings[self.keys[0]]
        mine = (first.account_key or first.account, self.currency)
        extra = [
            (key, list[str]())
            for key, s in self.statements.items()
            if key not in seen
            and (s.account_key or s.account, s.currency) == mine
            and s.kind in {"statement", "table"}
            and s.opening is not None
            and s.closing is not None
        ]

        return sorted([*groups, *extra], key=self._place) if extra else groups

    def _place(self, group: tuple[str, list[str]]) -> tuple[date, int, date, int]:
        return self.of_line[group[1][0]][:4] if group[1] else self.of_statement[group[0]]

    def _opening(self, group: tuple[str, list[str]], parts: Sequence[tuple[int, str, list[str]]]) -> int:
        """Return what the account opens with, as printed; of the statements that overlap with the first, any may print it."""
        statement = self.statements.get(group[0])
        if statement is not None and statement.opening is not None:
            return statement.opening
        first = self.postings[group[1][0]] if group[1] else None
        if first is not None and first.balance is not None:
            return first.balance - first.amount
        begun = min((_day_of(self.postings[key]) for _, _, keys in parts for key in keys), default=-1)
        for name in dict.fromkeys(name for _, name, _ in parts):
            beside = self.statements.get(name)
            start = _ordinal(beside.opening_date or beside.period_from) if beside else -1
            if beside is not None and beside.opening is not None and 0 <= start <= begun:
                return beside.opening
        self.gaps.append(
            Gap(
                id=f"opening/{self.name}",
                kind="unknown_origin",
                description_en=f"Account {self.name}: no opening balance is printed; it is taken as 0.00 {self.currency}.",
                description_zh=f"账户 {self.name}：未打印期初余额，按 0.00 {self.currency} 处理。",
                affects=(self.name,),
                currency=self.currency,
                ask_en=f"Opening balance of account {self.name} before the first entry produced.",
                ask_zh=f"账户 {self.name} 首笔记账前的期初余额。",
                cites=(first.cite,) if first else (),
            )
        )
        return 0

    def _bridge(
        self,
        lines: list[Line],
        before: Statement | None,
        after: Statement | None,
        balance: int,
        keys: list[str],
        *,
        voided: int,
        is_open: Callable[[str], bool],
        beside: tuple[Sequence[Statement], Sequence[Statement]],
    ) -> int:
        """Make the posted balance agree with the next printed opening, by an entry that says it is a hole.

        beside   the statements that print the days of the one before and of the one after, these two among them
        """
        if before is None or after is None or before is after or after.opening is None or before.closing is None:
            return balance
        if _overlap(before, after, [self.postings[key] for key in keys]):
            return balance
        start, end = before.closing_date or before.period_to, after.opening_date or after.period_from
        difference = after.opening - before.closing
        if not difference and not _unseen(before, after, start, end, beside):
            return balance
        what = f"{start} to {end}" + (f" ({len(self.holes)})" if self.holes else "")
        name = f"gap:{self.name}:{what}"
        self.holes.append(name)
        gap = self._hole(start, end, difference, before, after)
        self.gaps.append(gap)
        counted = [key for key in keys if key not in self.void]
        self.starts.append((gap.id, [name, *counted[:1]]))
        day = _ordinal(start)
        opens = after.opening - voided
        if is_open(gap.id):
            if balance > 0:
                lines.append(self._line(-balance, name, day, sink=f"sink:GAP:{self.name}"))
            if balance < 0:
                lines.append(self._line(-balance, name, day, origin={"U": -balance}))
            if opens > 0:
                lines.append(self._line(opens, f"{name}:after", day, origin={"U": opens}))
            if opens < 0:
                lines.append(self._line(opens, f"{name}:after", day, sink=f"sink:GAP:{self.name}"))
            return opens
        step = opens - balance
        if step > 0:
            lines.append(self._line(step, name, day, origin={"U": step}))
        elif step < 0:
            lines.append(self._line(step, name, day, sink=f"sink:GAP:{self.name}"))
        return opens

    def _hole(self, start: date | None, end: date | None, difference: int, before: Statement, after: Statement) -> Gap:
        change = f"{major(abs(difference), self.currency, group=True)} {self.currency}"
        direction_en = "higher" if difference > 0 else "lower"
        direction_zh = "高" if difference > 0 else "低"
        en = (
            f"opens {change} {direction_en} than it closed" if difference else "opens at the balance at which it closed"
        )
        zh = f"期初余额比上期期末{direction_zh} {change}" if difference else "期初余额与上期期末一致"
        return Gap(
            id=f"missing/{self.name}/{start}",
            kind="missing_statement",
            description_en=f"Account {self.name}: no record from {start} to {end}; it {en}.",
            description_zh=f"账户 {self.name}：未取得 {start} 至 {end} 的记录；{zh}。",
            affects=(self.name,),
            amount=abs(difference),
            currency=self.currency,
            ask_en=f"Statements of account {self.name} from {start} to {end}, with all entries and balances.",
            ask_zh=f"账户 {self.name} {start} 至 {end} 的对账单，包括全部记账和余额。",
            cites=(before.cite, after.cite),
            period=(start, end),
        )

    def _line(
        self, signed: int, posting: str, day: int, *, origin: dict[str, int] | None = None, sink: str = ""
    ) -> Line:
        kept = {label: amount for label, amount in (origin or {}).items() if amount}
        return Line(self.code, abs(signed), signed > 0, posting, day, sink=sink, origin=kept)

    def _day(self, group: tuple[str, list[str]]) -> int:
        statement = self.statements.get(group[0])
        if statement is not None and (statement.opening_date or statement.period_from):
            return _ordinal(statement.opening_date or statement.period_from)
        return _day_of(self.postings[group[1][0]]) if group[1] else -1

    def mark_blocks(
        self, lines: list[Line], number: int, opened: int, facility: int, wanted: str
    ) -> tuple[list[Line], int]:
        """Number the days whose order no record gives, and put each of them in the order taken.

        Such a day has several lines of one list, or of several statements that overlap, no time, and no balance after
        each. An exchange that an open hole sets between its lines belongs to the day, too. Returns the lines and the next
        number.
        """
        by_day: dict[tuple[date, int, str, int], list[int]] = defaultdict(list)
        above: dict[str, int] = {}
        turned: set[str] = (
            set()
        )  # statements that print their days up and down: their lines are in no order within a day
        for place, line in enumerate(lines):
            posting = self.postings.get(line.posting)
            if posting is not None:
                if posting.line < above.setdefault(posting.statement, posting.line):
                    turned.add(posting.statement)
                above[posting.statement] = posting.line
                first, rank = self.of_line[line.posting][:2]
                by_day[(first, rank, posting.statement if rank < 0 else "", line.day)].append(place)
        spans: list[tuple[int, int, list[tuple[int, int]]]] = []
        for (*_, days), places in sorted(by_day.items(), key=lambda item: item[1][0]):
            records = [self.postings[lines[place].posting] for place in places]
            if len(places) < 2 or all(p.time for p in records):
                continue
            if len({p.statement for p in records}) == 1:
                statement = self.statements.get(records[0].statement)
                if statement is not None and not is_list(statement) and records[0].statement not in turned:
                    continue
                if all(p.balance is not None for p in records[:-1]):
                    continue
            start, end, told = places[0], places[-1] + 1, [(days, len(places))]
            if spans and start < spans[-1][1]:  # days that interleave are one block: no line may stand in two
                start, last, before = spans.pop()
                end, told = max(end, last), [*before, *told]
            spans.append((start, end, told))
        ordered, balances = list(lines), list(accumulate(map(_signed, lines), initial=opened))
        for start, end, told in spans:
            taken, ordered[start:end] = _in_order(lines[start:end], balances[start], facility, wanted)
            for line in ordered[start:end]:
                line.block = number
            number += 1
            self.days += [(self.name, date.fromordinal(day + _EPOCH), count, taken) for day, count in told if day >= 0]
        return ordered, number


def _signed(line: Line) -> int:
    return line.amount if line.credit else -line.amount


def _in_order(lines: list[Line], before: int, facility: int, wanted: str) -> tuple[str, list[Line]]:
    """Return the order taken on a day that no record orders, and its name: the wanted one if the bank could allow it."""
    orders = {
        "printed": lines,
        "credits_first": sorted(lines, key=lambda line: not line.credit),
        "debits_first": sorted(lines, key=lambda line: line.credit),
    }
    for name in dict.fromkeys((wanted if wanted in orders else "printed", "printed", "credits_first")):
        if feasible([_signed(line) for line in orders[name]], before, facility):
            return name, orders[name]
    return "printed", lines


def _overlap(before: Statement, after: Statement, postings: list[Posting]) -> bool:
    """Say whether the second statement begins before the first one ends: then its opening proves nothing here."""
    end, start = before.closing_date or before.period_to, after.opening_date or after.period_from
    if start is None and postings:
        start = postings[0].booked or postings[0].value_date
    return end is not None and start is not None and start < end and before.closing != after.opening


def _unseen(
    before: Statement,
    after: Statement,
    end: date | None,
    start: date | None,
    beside: tuple[Sequence[Statement], Sequence[Statement]],
) -> bool:
    """Say whether records are missing between two statements whose balances agree: equal balances prove no calm.

    A whole calendar month, numbers that do not follow on each other, or, where the numbers prove nothing, a working day
    that no statement covers. A table has no days of its own: its period is that of its first and last line.

    Days and months are numbered apart: where statements of both kinds print the same days, two that follow on each other are
    enough; and a day that begins when a month ends leaves no day between them, whatever their numbers.
    """
    if _months_between(end, start):
        return True
    follows = _follows(before, after, beside)
    if follows is not None or "table" in {before.kind, after.kind} or end is None or start is None:
        return follows is False
    return any(date.fromordinal(n).weekday() < _SATURDAY for n in range(end.toordinal() + 1, start.toordinal()))


def _follows(
    before: Statement, after: Statement, beside: tuple[Sequence[Statement], Sequence[Statement]]
) -> bool | None:
    """Say whether the numbers follow on each other, of these two or of others that close and open at the same balances."""
    closing = [s for s in beside[0] if (_end(s), s.closing) == (_end(before), before.closing)] or [before]
    opening = [s for s in beside[1] if s.opening == after.opening] or [after]
    found = {consecutive(one, other) for one in closing for other in opening}
    if True in found or found == {None}:
        return True if True in found else None
    end, start = _end(before), after.opening_date or after.period_from
    if end is not None and start is not None and start <= end and _is_other_length(before, after):
        return None
    return None if None in found else False


def _end(statement: Statement) -> date | None:
    return statement.closing_date or statement.period_to


def _is_other_length(before: Statement, after: Statement) -> bool:
    """Say whether one of two statements is of a month or more, and the other of a day, over a weekend at the most."""
    days = []
    for s in (before, after):
        start, end = s.opening_date or s.period_from, _end(s)
        if start is None or end is None:
            return False
        days.append((end - start).days)
    return min(days) <= _WEEKEND and max(days) >= _MONTH


def _later(one: Statement | None, other: Statement | None) -> Statement | None:
    """Return the statement that reaches further; the second one where they end on one day."""
    if one is None or other is None:
        return other or one
    ends = [s.closing_date or s.period_to for s in (one, other)]
    return one if ends[0] is not None and ends[1] is not None and ends[0] > ends[1] else other


def _last(lines: list[Line]) -> int:
    return lines[-1].day if lines else -1


def _months_between(end: date | None, start: date | None) -> int:
    """Return the whole calendar months between the day one statement closes and the day the next one opens."""
    if end is None or start is None:
        return 0
    return max(0, (start.year * 12 + start.month) - (end.year * 12 + end.month) - 1)


def _ordinal(day: date | None) -> int:
    return day.toordinal() - _EPOCH if day else -1


def _day_of(posting: Posting) -> int:
    return _ordinal(posting.booked or posting.value_date)


def _sink(posting: Posting) -> str:
    """Return the target of a debit that leaves the held accounts; its type stands first (tracing.md 1.2 step 7)."""
    text = posting.details.upper() + " "
    if posting.type_code.upper() in _FEE_CODES or (
        not posting.counterparty_account and any(word in text for word in _FEE_WORDS)
    ):
        return "sink:FEE"
    if any(word in text for word in _CASH_WORDS):
        return "sink:CASH"
    named = " ".join((posting.counterparty or posting.counterparty_account).split())
    return f"sink:PAID:{named}" if named else "sink:UNKNOWN"
