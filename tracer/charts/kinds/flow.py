"""Flow of funds by hop: what became of the claims under one rule (charts.md section 5).

An arrow is a transfer with the amount the ledger recorded; its second figure is how much of it is proceeds under the
rule. Only movements that carry proceeds are drawn. With a target, the way to it is drawn, and beside it everything that
left the accounts on that way: cash, payments away, fees. Without a target, all of it is drawn.

The rule's figure stands beside floor and ceiling under every conserving rule; a rule is never printed alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from tracer.charts.kinds.naming import NO_TARGET, Names, NothingToDraw
from tracer.charts.picture import Arrow, Box, BoxKind, Details, Grade, Picture, Role, Tally, grouped
from tracer.model import RULE_NAMES, AssetTrace, Cite, Dossier, Event, Gap, Money, TraceRow
from tracer.model.parted import is_hub, leg_of, splits

__all__ = ["flow"]

#: Theft of public or private property: who paid is the victim (UNCAC art. 17, 22). Who pays a bribe is not.
_VICTIM_ARTICLES = frozenset({17, 22})

#: Grades that show a US institution in the payment's own path; weaker ones are told in the panel only (nexus.md section 4).
_SHOWN = frozenset({"G1", "G2a+", "G2a", "G2b"})

#: Gap boxes on one chart; the others are named by number.
_GAPS = 6

#: Where the record ends, in words; what has no entry is printed by its own name.
_ENDS = {
    "CASH": "cash withdrawal 提现",
    "FEE": "bank charge 银行收费",
    "UNKNOWN": "payee not named 收款人不明",
    "OVERDRAFT": "repaid overdraft 偿还透支",
    "TRANSIT_FEE": "charge on the way 途中收费",
    "GAP": "in a missing period 缺失期间",
}

#: What a gap is, short enough for a box; the whole sentence stands in the panel and on sheet 16.
_GAP_KINDS = {
    "missing_statement": ("no record", "无记录"),
    "unordered_day": ("order of the day unknown", "同日次序不明"),
    "break": ("statement does not sum", "对账单未核平"),
    "overlap": ("statements that overlap differ", "重叠对账单不一致"),
    "unmatched_leg": ("other leg not found", "未找到对应记账"),
    "conflict": ("records conflict", "记录相冲突"),
    "unknown_origin": ("origin unknown", "来源不明"),
    "unnamed_counterparty": ("party not named", "当事方不明"),
    "rejected_line": ("line set aside", "已搁置记录"),
    "assumption": ("assumption", "假设"),
    "cash": ("cash", "现金"),
}
#: Kinds of gap whose effect on every figure is computed: without an effect they move nothing.
_COMPUTED = frozenset({"missing_statement", "unordered_day", "break", "overlap"})


@dataclass(frozen=True, slots=True)
class _Move:
    """One movement: a debit that carries proceeds, or the credit by which a claim enters."""

    account: str
    row: TraceRow
    start: str
    end: str
    traced: int
    currency: str
    leak: bool = False

    @property
    def posting(self) -> str:
        return self.row.posting


def flow(dossier: Dossier, target: str | None, rule: str, *, rendering: Literal["full", "public"] = "full") -> Picture:
    """Return the flow of funds from the claims' entry to `target` (or to every end) under `rule`.

    Raises: NothingToDraw for a rule or a target that the trace does not have.
    """
    trace = dossier.trace
    if rule not in trace.rules:
        raise NothingToDraw(
            f"The trace was not run under {rule!r}.",
            where="flow chart",
            meaning="A chart of a rule that was not computed would be an invention. Nothing was drawn.",
            next_call=f"one of {', '.join(trace.rules)}" if trace.rules else "case.trace()   (no rule was run)",
        )
    ends = {asset.target: asset for asset in trace.targets}
    if target is not None and target not in ends:
        raise NothingToDraw(
            f"No target of the trace is called {target[:80]!r}.",
            where="flow chart",
            meaning="Nothing was drawn."
            if ends
            else "Nothing is traced in this case yet: there is no target. Nothing was drawn.",
            next_call=f"one of {', '.join(sorted(ends)[:8])}" if ends else NO_TARGET,
        )
    made = _Flow(dossier, target, rule, Names(dossier, rendering), ends)
    return made.names.masking(made.picture(rendering))


class _Flow:
    """The selection of rows and the boxes they touch, for one chart."""

    def __init__(
        self, dossier: Dossier, target: str | None, rule: str, names: Names, ends: dict[str, AssetTrace]
    ) -> None:
        self.d, self.target, self.rule, self.names, self.ends = dossier, target, rule, names, ends
        self.rows = {a.account: {row.row: row for row in a.rows} for a in dossier.trace.accounts}
        self.currency = {a.account: a.currency for a in dossier.trace.accounts}
        self.claimed = {claim.posting for claim in dossier.trace.claims}
        self.wires = {wire.transfer: wire for wire in dossier.wires if wire.transfer and wire.us}
        self.transfers = {transfer.id: transfer for transfer in dossier.transfers}
        self.reach = self._reach()
        self.moves = self._moves()
        self.column = self._columns()

    # Which rows ---------------------------------------------------------------------------------------------------------

    def _reach(self) -> dict[str, int]:
        """Return account -> the last row from which the target can still be reached; money only moves forward in time."""
        last: dict[str, int] = {}
        if self.target is None:
            return {account: max(rows, default=0) + 1 for account, rows in self.rows.items()}
        if self.target.startswith("bal:"):
            account = self.target.removeprefix("bal:")
            last[account] = max(self.rows.get(account, {}), default=0) + 1
        changed = True
        while changed:
            changed = False
            for account, rows in self.rows.items():
                for number, row in rows.items():
                    if number > last.get(account, -1) and self._leads_on(row, last):
                        last[account] = number
                        changed = True
        return last

    def _leads_on(self, row: TraceRow, last: dict[str, int]) -> bool:
        if row.kind != "debit" or row.traced_out.get(self.rule, 0) <= 0:
            return False
        if row.partner is not None:
            return row.partner[1] < last.get(row.partner[0], -1)
        return row.target == self.target or self.target is None

    def _moves(self) -> list[_Move]:
        """Return the movements on the way, and what left the accounts on it."""
        found: list[_Move] = []
        on_way = {
            account
            for account, rows in self.rows.items()
            for row in rows.values()
            if account in self.reach and row.row < self.reach[account] and row.traced_in.get(self.rule, 0) > 0
        }
        for account, rows in self.rows.items():
            if account not in on_way:
                continue
            for row in rows.values():
                if row.kind == "credit" and row.posting in self.claimed and row.row < self.reach[account]:
                    traced = row.traced_in.get(self.rule, 0) + row.absorbed.get(self.rule, 0)
                    start = f"account {row.partner[0]}" if row.partner else f"payer {self._payer(row)}"
                    found.append(_Move(account, row, start, f"account {account}", traced, self.currency[account]))
                if row.kind == "debit" and row.traced_out.get(self.rule, 0) > 0 and not self._entry_twin(row):
                    leads = self._leads_on(row, self.reach)
                    end = f"account {row.partner[0]}" if row.partner else self._end(row.target, account)
                    traced = row.traced_out[self.rule]
                    found.append(
                        _Move(account, row, f"account {account}", end, traced, self.currency[account], leak=not leads)
                    )
        return sorted(found, key=lambda m: (str(m.row.day or ""), m.account, m.row.row))

    def _entry_twin(self, row: TraceRow) -> bool:
        """Say whether the other leg of this debit is where a claim enters, so that the movement is drawn there."""
        return row.partner is not None and self.rows[row.partner[0]][row.partner[1]].posting in self.claimed

    def _payer(self, row: TraceRow) -> str:
        posting = self.d.postings.get(row.posting)
        event = self._event(row)
        return (
            (posting.counterparty if posting else "") or (event.payer if event else "") or "payer not named 付款人不明"
        )

    def _event(self, row: TraceRow) -> Event | None:
        claim = next((c for c in self.d.trace.claims if c.posting == row.posting), None)
        return next((e for e in self.d.case.events if claim and e.id == claim.event), None)

    def _end(self, name: str, account: str) -> str:
        """Return the box of a sink: an asset or the target itself once, every other end once per account it left."""
        known = self.ends.get(name)
        shared = name == self.target or (known is not None and known.kind == "asset")
        return f"end {name}" if shared else f"end {name} from {account}"

    def _columns(self) -> dict[str, int]:
        """Return box -> hop: accounts by the fewest transfers from an entry, an end one further than what feeds it."""
        hop: dict[str, int] = {}
        for move in self.moves:
            if move.posting in self.claimed and move.row.kind == "credit":
                if move.start.startswith("payer "):
                    hop[move.start] = 0
                hop[move.end] = 1
        ahead = [box for box in hop if hop[box] == 1]
        for box in ahead:
            for move in self.moves:
                if move.start == box and move.end.startswith("account ") and move.end not in hop:
                    hop[move.end] = hop[box] + 1
                    ahead.append(move.end)
        for move in self.moves:
            hop.setdefault(move.start, 0)
            if move.end.startswith("end "):
                hop[move.end] = max(hop.get(move.end, 0), hop[move.start] + 1)
        return hop

    # What is drawn ------------------------------------------------------------------------------------------------------

    def picture(self, rendering: Literal["full", "public"]) -> Picture:
        code, words_en, words_zh = RULE_NAMES.get(self.rule, (self.rule, self.rule, self.rule))
        arrows = tuple(self._arrow(n, move) for n, move in enumerate(self.moves, 1))
        boxes = self._boxes()
        entered = {move.posting for move in self.moves}
        claims = ", ".join(dict.fromkeys(claim.id for claim in self.d.trace.claims if claim.posting in entered))
        named, named_zh = claims or "no claim", claims or "无"
        into = f" to {self._end_name(self.target)}" if self.target else ""
        into_zh = f" 至 {self._end_name(self.target)}" if self.target else ""
        heads = tuple(f"Hop {n} 第{n}跳" for n in range(max(self.column.values(), default=0) + 1))
        return grouped(
            Picture(
                kind="flow",
                title_en=f"Flow of funds by hop: {named}{into}, {code} ({words_en})",
                title_zh=f"资金流向（逐跳）：{named_zh}{into_zh}，{code} {words_zh}",
                as_of=self.d.case.as_of,
                boxes=boxes,
                arrows=arrows,
                source=self._ledger(),
                footer=self._footer(code),
                sources=self.names.exhibits(cite for move in self.moves for cite in self._cites(move)),
                run=self.d.trace.run[:12],
                rendering=rendering,
                head=self.d.head[:16],
                rule=f"{code}: {words_en} {words_zh}",
                version=self.d.version,
                heads=heads,
                legend=("floor, ceiling: under every conserving rule 下限、上限：任何守恒规则",),
            )
        )

    def _ledger(self) -> Tally:
        """Return count and sums of the selected rows as the trace holds them; the arrows are made from the postings."""
        sums: dict[str, int] = defaultdict(int)
        for move in self.moves:
            sums[move.currency] += move.row.amount
        return Tally(len(self.moves), tuple(Money(minor, currency) for currency, minor in sorted(sums.items())))

    def _boxes(self) -> tuple[Box, ...]:
        first: dict[str, str] = {}
        for move in self.moves:
            for box in (move.start, move.end):
                first.setdefault(box, str(move.row.day or "9999"))
        if self.target is not None:
            own = (
                f"account {self.target.removeprefix('bal:')}"
                if self.target.startswith("bal:")
                else f"end {self.target}"
            )
            first.setdefault(own, "9999")
            self.column.setdefault(own, 1)
        made = [self._box(name) for name in sorted(first, key=lambda box: (self.column[box], first[box], box))]
        return (*made, *self._gap_boxes(first))

    def _box(self, name: str) -> Box:
        what, _, rest = name.partition(" ")
        column = self.column[name]
        if what == "payer":
            role: Role = "V" if self._is_victim(rest) else ""
            return Box(
                name, "organization", role, (rest, "entry of proceeds 涉案资金进入"), (("payer 付款人", rest),), column
            )
        if what == "account":
            return self._account_box(name, rest, column)
        target = rest.split(" from ")[0] if " from " in rest and rest not in self.ends else rest
        return self._end_box(name, target, column)

    def _is_victim(self, payer: str) -> bool:
        taken = {o.id for o in self.d.case.offences if _VICTIM_ARTICLES & set(o.uncac)}
        return any(
            event is not None and event.offence in taken
            for move in self.moves
            if move.start == f"payer {payer}" and (event := self._event(move.row)) is not None
        )

    def _account_box(self, name: str, key: str, column: int) -> Box:
        if is_hub(key):
            shown = f"{self.d.account_ids.get(key, '')} one payment in parts".strip()
            share = ("each part the same share 各部分同一比例",) if splits(key) else ()
            lines_ = (shown, "分部分的同一笔付款", *share)
            return Box(name, "unknown", "", lines_, (("set 编号", key),), column)
        lines = list(self.names.account_lines(key))
        detail = list(self.names.account_detail(key))
        role = self.names.account_role(key)
        held = self.ends.get(f"bal:{key}")
        if held is not None and (held.by_rule.get(self.rule, 0) > 0 or self.target == held.target):
            lines.append(f"held 结余 {self.names.money(held.by_rule.get(self.rule, 0), held.currency)}")
            lines += self._range(held)
            detail += self._figures(held)
            role = "A" if self.target == held.target else role
        absorbed = sum(row.absorbed.get(self.rule, 0) for row in self.rows.get(key, {}).values())
        if absorbed:
            lines += ["repaid the bank 抵偿透支", self.names.money(absorbed, self.currency[key])]
        if key not in self.reach and self.target is not None:
            lines += ["not on a way to the target", "不在通往目标的路径上"]
        return Box(name, "account", role, tuple(lines), tuple(detail), column)

    def _end_box(self, name: str, target: str, column: int) -> Box:
        asset = self.ends.get(target)
        in_question = asset is not None and (asset.kind == "asset" or target == self.target)
        if asset is not None and in_question:
            kind: BoxKind = "asset" if asset.kind == "asset" else "unknown"
            lines = (
                self._end_name(target),
                f"paid 已付 {self.names.money(asset.recorded, asset.currency)}",
                f"{RULE_NAMES[self.rule][0]} {self.names.money(asset.by_rule.get(self.rule, 0), asset.currency)}",
                *self._range(asset),
            )
            return Box(name, kind, "A" if asset.kind == "asset" else "L", lines, self._figures(asset), column)
        gone: dict[str, int] = defaultdict(int)
        for move in self.moves:
            if move.end == name:
                gone[move.currency] += move.traced
        sums = tuple(f"proceeds 涉案 {self.names.money(minor, currency)}" for currency, minor in sorted(gone.items()))
        unknown = "UNKNOWN" in target or "GAP" in target
        detail: Details = (("target 去向", self._end_name(target)), *(("departed 离开", line) for line in sums))
        return Box(name, "unknown", "?" if unknown else "L", (self._end_name(target), *sums), detail, column)

    def _end_name(self, target: str) -> str:
        asset = self.ends.get(target)
        if target.startswith("bal:"):
            return " ".join(self.names.account_lines(target.removeprefix("bal:"))[:2])
        if asset is not None and asset.kind == "asset":
            return asset.name or target
        body = target.partition(":")[2] or target
        head, _, rest = body.partition(":")
        if head == "PAID":
            return rest
        return _ENDS.get(head, body)

    def _range(self, asset: AssetTrace) -> tuple[str, str]:
        """Return floor and ceiling under every conserving rule, each with its currency."""
        currency = asset.bounds.currency or asset.currency
        low, high = self.names.money(asset.bounds.floor, currency), self.names.money(asset.bounds.ceiling, currency)
        return f"floor 下限 {low}", f"ceiling 上限 {high}"

    def _figures(self, asset: AssetTrace) -> Details:
        rules = tuple(
            (f"{RULE_NAMES[r][0] if r in RULE_NAMES else r}", self.names.money(amount, asset.currency))
            for r, amount in asset.by_rule.items()
        )
        words = asset.bounds.words_floor[:3] + asset.bounds.words_ceiling[:3]
        return (
            ("recorded 入账", self.names.money(asset.recorded, asset.currency)),
            *rules,
            *(("under every rule 任何规则", line) for line in self._range(asset)),
            *(("why 理由", self.names.say(sentence)) for sentence in words),
            *(("holds 适用", sentence) for sentence in asset.holds_under),
        )

    def _cites(self, move: _Move) -> tuple[Cite | None, ...]:
        transfer = self.transfers.get(move.row.transfer)
        other = [self.d.postings.get(key) for key in transfer.postings] if transfer else []
        return (move.row.cite, *(posting.cite for posting in other if posting))

    def _arrow(self, number: int, move: _Move) -> Arrow:
        posting = self.d.postings.get(leg_of(move.posting))
        amount = Money(abs(posting.amount), posting.currency) if posting else Money(move.row.amount, move.currency)
        day = move.row.day.isoformat() if move.row.day else "day not stated"
        reference = (posting.bank_reference or posting.owner_reference or posting.end_to_end_id) if posting else ""
        traced = self.names.money(move.traced, move.currency)
        wire = self.wires.get(move.row.transfer)
        share = () if Money(move.traced, move.currency) == amount else (f"proceeds {traced}",)
        detail = [
            ("ref 编号", reference or "none printed"),
            ("date 日期", day),
            ("recorded 入账金额", str(amount)),
            (f"proceeds under {RULE_NAMES[self.rule][0]} 涉案金额", traced),
            ("text 摘要", self.names.say(move.row.text)),
            ("cite 出处", self.names.cite(*self._cites(move))),
        ]
        transfer = self.transfers.get(move.row.transfer)
        if transfer and transfer.amount_in is not None and transfer.currency_in not in ("", move.currency):
            detail.append(("arrived 到账", self.names.money(transfer.amount_in, transfer.currency_in)))
        if wire:
            detail += [
                ("US institution 美国机构", f"{us.id} ({us.place}), grade {us.grade}, {', '.join(us.fields)}")
                for us in wire.us
            ]
        return Arrow(
            id=f"T{number:02d} {reference}".strip(),
            start=move.start,
            end=move.end,
            amount=amount,
            lines=(str(amount), *share, f"{day} T{number:02d}"),
            detail=tuple(pair for pair in detail if pair[1]),
            grade=self._grade(move),
            us_leg=wire is not None and wire.grade in _SHOWN,
            on=day,
            cite=self.names.cite(*self._cites(move)),
        )

    def _grade(self, move: _Move) -> Grade:
        """Documented by a posting; inferred where two legs are one movement by a person's word alone; assumed in a gap."""
        if leg_of(move.posting) not in self.d.postings:
            return "assumed"
        if is_hub(move.account) or (move.row.partner is not None and is_hub(move.row.partner[0])):
            return "inferred"
        transfer = self.transfers.get(move.row.transfer)
        by_hand = transfer is not None and move.row.partner is not None and set(transfer.rungs) & {-1, 4}
        return "inferred" if by_hand else "documented"

    def _gap_boxes(self, drawn: dict[str, str]) -> tuple[Box, ...]:
        """Return a dashed box for each record that is missing where the money went."""
        accounts = {box.removeprefix("account ") for box in drawn if box.startswith("account ")}
        touched: dict[str, str] = {move.posting: f"account {move.account}" for move in self.moves}
        touched |= {key: f"account {key}" for key in accounts}
        touched |= {
            p.account: f"account {p.account_key}" for p in self.d.postings.values() if p.account_key in accounts
        }
        if self.target is not None:
            touched[self.target] = touched[self.target.rsplit(":", 1)[-1]] = f"end {self.target}"
        near = [(gap, next((touched[a] for a in gap.affects if a in touched), "")) for gap in self.d.gaps]
        here = [(gap, box) for gap, box in near if box]
        boxes = [self._gap_box(gap, self.column.get(box, 1)) for gap, box in here[:_GAPS]]
        if len(here) > _GAPS:
            rest = ", ".join(gap.id for gap, _ in here[_GAPS:][:12])
            words = (f"{len(here) - _GAPS} more gaps 其他缺口", rest)
            boxes.append(Box("gaps more", "unknown", "?", words, (("gaps 缺口", rest),), 1))
        return tuple(boxes)

    def _gap_box(self, gap: Gap, column: int) -> Box:
        about = [a for a in gap.affects if a in self.d.account_ids]
        where = ", ".join(self.d.account_ids[a] for a in about[:3])
        days = [str(day) for day in dict.fromkeys(gap.period or ()) if day]
        missing = gap.amount is not None and gap.currency
        lines = (
            f"gap 缺口 {gap.id} {where}".strip(),
            *_GAP_KINDS.get(gap.kind, (gap.kind,)),
            " to ".join(days),
            self.names.money(gap.amount or 0, gap.currency) if missing else "",
            *self._effect(gap),
        )
        detail: Details = (
            ("gap", self.names.say(gap.description_en)),
            ("缺口", self.names.say(gap.description_zh)),
            ("ask", self.names.say(gap.ask_en)),
            ("需调取", self.names.say(gap.ask_zh)),
            ("cite 出处", self.names.cite(*gap.cites)),
        )
        kept = tuple(line for line in lines if line)
        return Box(f"gap {gap.id}", "unknown", "?", kept, tuple(pair for pair in detail if pair[1]), column)

    def _effect(self, gap: Gap) -> tuple[str, ...]:
        """Return how far the gap moves the target's figure and its floor; without a target, how many figures it moves."""
        moved = [e for e in gap.effects if e.figure in (self.rule, "floor") and self.target in (None, e.target)]
        if self.target is None and moved:
            return (f"moves {len(moved)} figures 影响 {len(moved)} 项金额", "see sheet 16 见第16表")
        if moved:
            names = {self.rule: RULE_NAMES[self.rule][0], "floor": "floor 下限"}
            return tuple(
                line
                for e in moved
                for line in (
                    f"{names[e.figure]} {self.names.money(e.least, e.currency)}",
                    f"to 至 {self.names.money(e.most, e.currency)}",
                )
            )
        if self.target is not None and (gap.effects or gap.kind in _COMPUTED):
            return ("does not move the target", "不影响目标金额")
        return ("moves no figure 不影响金额",) if gap.kind in _COMPUTED else ("effect: see sheet 16", "影响见第16表")

    def _footer(self, code: str) -> tuple[str, ...]:
        """Return the sums per hop, what is held and what departed, and the sentence that warns about adding hops."""
        hops: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for move in self.moves:
            both = hops[self.column[move.start] + 1][move.currency]
            both[0] += move.row.amount
            both[1] += move.traced
        lines = []
        for hop, sums in sorted(hops.items()):
            words = [
                f"{self.names.money(all_of_it, currency)} (proceeds {self.names.money(traced, currency)})"
                for currency, (all_of_it, traced) in sorted(sums.items())
            ]
            lines.append(f"Hop {hop}: {' · '.join(words)}")
        lines.append(
            f"Sums of movements: money that passes an account twice stands in both; hops are not added. Proceeds under {code}. "
            "各跳为资金变动合计；两次经过同一账户的资金计两次；各跳不相加。"
        )
        if not self.moves:
            lines.append("Under this rule no proceeds reach the target. 依此规则，涉案资金未到达该目标。")
        return tuple(lines)
