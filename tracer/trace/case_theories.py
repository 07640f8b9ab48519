"""Statutory theories on a case: separate passes and columns, never mixed with a rule, never added up (tracing.md section 3).

::

    proceeds      18 USC 981(a)(1)(C) with (a)(2): gross, less direct costs (B) or less what a loan repaid (C), where stated
    section_984   fungible property in the same account within one year of the offence
    section_1957  withdrawals above USD 10,000.00, in every mode
    involved_in   981(a)(1)(A): three numbers and the evidence of facilitation, where stated
    interbank     981(k), where stated
    poca          UK POCA 2002 ss 304-306: the portion of mixed property, with no method prescribed
    value         value-based confiscation: distinct receipts once, and what is available
    shared        distribution between several events in one account: once-off pari passu (R3b), and the same capped (R3c)
    screens       poison, TIHO, family-expense exhaustion, where stated: `screens.py`, never figures

The arithmetic is that of `theories/`, with authority and contrary authority; here it is asked of the entries of a case. What
a theory needs and no record shows (the day an action was commenced, costs, an interbank balance, evidence of facilitation) a
person states in case.yaml under `tracing.theories`.

Units: minor units of the account. Confirm every theory with counsel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from tracer.model import CaseFile, NotCovered, Posting, RuleError, Theory, TheoryFigure, TraceResult
from tracer.trace.bounds import build
from tracer.trace.bounds_switched import least
from tracer.trace.changes import listed
from tracer.trace.election_names import Material, account_of, line_of, refused
from tracer.trace.entries import Entries
from tracer.trace.replay import replay
from tracer.trace.screens import SCREENS, screens_of
from tracer.trace.theories import interbank
from tracer.trace.theories.once_off import share_fund
from tracer.trace.theories.section_984 import anniversary, forfeitable
from tracer.trace.theories.section_1957 import THRESHOLD, exceeds
from tracer.trace.theory_law import Asking

__all__ = ["WITHDRAWALS", "theories_of"]

#: Withdrawals that section 1957 is asked of; of more, the largest, and the last row says so.
WITHDRAWALS = 100

#: Arcs times withdrawals for which the floor of a withdrawal is solved: some seconds on the largest books.
_ARCS = 5_000_000


def theories_of(
    entries: Entries,
    row_of: Mapping[str, int],
    postings: Mapping[str, Posting],
    result: TraceResult,
    case: CaseFile,
    *,
    exhibits: Sequence[str] | None = None,
) -> tuple[TheoryFigure, ...]:
    """Return every theory that applies, in the order of the list above; what a person stated wrongly is refused by name.

    `exhibits`: numbers and names of the exhibits that may leave; a theory whose evidence names another is refused, and what it
    names is printed nowhere, since that may be the very exhibit that is withheld.
    """
    stated, known = case.tracing.theories, None if exhibits is None else set(exhibits)
    unfit = [one for one in stated if known is not None and not known.issuperset(one.evidence)]
    fit = replace(case, tracing=replace(case.tracing, theories=tuple(one for one in stated if one not in unfit)))
    asked = Asking(Material(entries, None, row_of, postings, result, result.parameters.get("bundle", "ordered")), fit)
    why = refused(
        "Its evidence names what is no exhibit that may leave the case.",
        "A theory stands on evidence that the reader can ask for.",
        "name exhibits by number or file name, as `tracer status` lists them",
    )
    return (
        *(figure for theory in _ORDER for figure in theory(asked)),
        *(asked.gone(one.kind, one.id, "", why, replace(one, evidence=())) for one in unfit),
    )


def _stated(asked: Asking, *kinds: str) -> list[Theory]:
    return [one for one in asked.case.tracing.theories if one.kind in kinds]


def _proceeds(asked: Asking) -> Iterator[TheoryFigure]:
    less = _stated(asked, "direct_costs", "loan_repaid")
    for claim in asked.result.claims:
        cites = (asked.at.postings[claim.posting].cite,)
        mine = [one for one in less if one.event == claim.event]
        figures = [("gross", "毛额", claim.amount)]
        if not mine:
            words = (
                f"{claim.event}: gross, 981(a)(2)(A); no direct costs and nothing repaid are stated",
                f"{claim.event}：毛额；案件未载明直接成本或已偿还额",
            )
            yield asked.figure(
                "proceeds", f"proceeds/{claim.event}", claim.event, claim.currency, figures, words, cites=cites
            )
        for one in mine:
            letter, en, zh = (
                ("B", "direct costs", "直接成本") if one.kind == "direct_costs" else ("C", "repaid", "已偿还")
            )
            try:
                if one.currency != claim.currency or (one.amount or 0) > claim.amount:
                    raise refused(
                        f"Theory {one.id}: {en} of {one.currency} against proceeds of {asked.money(claim.amount, claim.currency)}.",
                        "What is deducted is of the same currency, and no more than there is.",
                        "correct `amount` or `currency`",
                    )
            except RuleError as gone:
                yield asked.gone("proceeds", one.id, claim.event, gone, one)
                continue
            taken = one.amount or 0
            words = (
                f"{claim.event}: 981(a)(2)({letter}), less {en}; {one.reason}",
                f"{claim.event}：扣除{zh}；{one.reason}",
            )
            yield asked.figure(
                "proceeds",
                one.id,
                claim.event,
                claim.currency,
                [*figures, (en, zh, taken), ("net", "净额", claim.amount - taken)],
                words,
                stated=one,
                cites=cites,
            )


def _section_984(asked: Asking) -> Iterator[TheoryFigure]:
    stated: dict[str, Theory] = {}
    for one in _stated(asked, "section_984"):
        try:
            stated[account_of(asked.at, one.account)] = one
        except RuleError as gone:
            yield asked.gone("section_984", one.id, one.account, gone, one)
    e, row_of = asked.entries, asked.at.row_of
    on = {event.id: event.on for event in asked.case.events}
    by_account: dict[str, list[tuple[str, date, int, str]]] = {}
    for claim in asked.result.claims:
        row = row_of.get(claim.posting)
        if row is not None:
            account = e.accounts[int(e.account[row])]
            by_account.setdefault(account, []).append((claim.event, on[claim.event], claim.amount, claim.posting))
    for account in dict.fromkeys([*by_account, *stated]):
        chosen = stated.get(account)
        commenced = chosen.commenced if chosen and chosen.commenced else asked.case.as_of
        claims = by_account.get(account, [])
        timely = [c for c in claims if c[1] <= commenced <= anniversary(c[1])]
        rows = np.flatnonzero(e.account == e.accounts.index(account))
        found = max(0, int(asked.balances[rows[-1]])) if len(rows) else 0
        last = (
            date.fromordinal(int(e.day[rows[-1]]) + date(1970, 1, 1).toordinal())
            if len(rows) and e.day[rows[-1]] >= 0
            else None
        )
        currency = e.currencies[e.accounts.index(account)]
        sums = sum(c[2] for c in timely), sum(c[2] for c in claims if c not in timely)
        table = "; ".join(
            f"{name} of {day}: {'in time' if (name, day, x, p) in timely else 'expired'} (last day {anniversary(day)})"
            for name, day, x, p in claims
        )
        how = "commenced, as stated," if chosen else "no action is stated; were one commenced"
        words = (
            f"{how} on {commenced}: {table or 'no offence amount entered this account'}; balance found is the last one held, {last}",
            f"提起日 {commenced}{'（已载明）' if chosen else '（未载明，按截至日计）'}：在期内 {len(timely)} 项，逾期 {len(claims) - len(timely)} 项；余额截至 {last}",
        )
        yield asked.figure(
            "section_984",
            chosen.id if chosen else f"984/{account}",
            account,
            currency,
            [
                ("offence amounts in time", "期内犯罪金额", sums[0]),
                ("expired", "逾期金额", sums[1]),
                ("balance found", "所见余额", found),
                ("984", "984 条金额", forfeitable(sums[0], found)),
            ],
            words,
            stated=chosen,
            cites=[asked.at.postings[c[3]].cite for c in claims],
        )


def _section_1957(asked: Asking) -> Iterator[TheoryFigure]:
    e, result = asked.entries, asked.result
    rows = {
        row.posting: (account, row)
        for account in result.accounts
        for row in account.rows
        if row.kind == "debit" and account.currency == "USD" and exceeds(row.amount)
    }
    reached = [key for key, (_, row) in rows.items() if any(row.traced_out.values()) and key in asked.at.row_of]
    chosen = sorted(reached, key=lambda key: (-rows[key][1].amount, key))[:WITHDRAWALS]
    if not chosen:
        return
    at = {key: asked.at.row_of[key] for key in chosen}
    graph = build(e)
    most = max(1, _ARCS // max(1, len(graph.tail)))
    floors = least(graph, [at[key] for key in chosen[:most]])
    strict = None
    if "proceeds_first" not in result.rules:
        strict = replay(e, "proceeds_first", bundle=asked.at.bundle).moved[:, e.proceeds].sum(axis=1)
    clean, out = _to_date(asked)
    for key in sorted(chosen, key=lambda key: at[key]):
        account, row = rows[key]
        presumed = row.traced_out["proceeds_first"] if strict is None else int(strict[at[key]])
        met = {f"per_rule.{rule}": exceeds(amount) for rule, amount in row.traced_out.items()}
        met["presume"] = exceeds(presumed)
        met["aggregate"] = exceeds(row.amount) and int(out[at[key]]) > int(clean[at[key]])
        floor = floors.get(at[key])
        why = "" if floor is not None else f"trace_all: asked of the {most} largest only, on books of this size"
        if floor is not None:
            met["trace_all"] = exceeds(floor)
        yes = ", ".join(mode for mode, flag in met.items() if flag) or "no mode"
        words = (
            f"{row.day}: above {asked.money(THRESHOLD, 'USD')} strictly in {yes}{f'; {why}' if why else ''}",
            f"{row.day}：严格超过一万美元者：{yes if yes != 'no mode' else '无'}",
        )
        figures = [("withdrawal", "支取额", row.amount)]
        figures += [(rule, rule, amount) for rule, amount in row.traced_out.items()]
        figures += [("floor of the withdrawal", "支取下限", floor)] if floor is not None else []
        figures += [
            ("withdrawals to date", "累计支取", int(out[at[key]])),
            ("clean funds to date", "累计合法资金", int(clean[at[key]])),
        ]
        cites = (row.cite,) if row.cite is not None else ()
        yield asked.figure(
            "section_1957", f"1957/{key[:12]}", account.account, "USD", figures, words, met=met, cites=cites
        )
    if len(reached) > len(chosen):
        more = NotCovered(
            f"{len(reached) - len(chosen)} smaller withdrawals above the threshold are not listed.",
            where="section 1957",
            meaning=f"The {WITHDRAWALS} largest are.",
            next_call="restrict the accounts of the question",
        )
        yield asked.gone("section_1957", "1957/more", "", more)


def _to_date(asked: Asking) -> tuple[np.ndarray, np.ndarray]:
    """Return, by row, clean funds of its account so far and withdrawals so far, the row included.

    Clean: opening and credits labelled C or U. What came by a transfer, or as interest that follows the account, counts with
    all but the least proceeds that any rule of the run has in it: the reading most favourable to the defence.
    """
    e = asked.entries
    plain = np.isin(np.arange(len(e.labels)), [e.labels.index(x) for x in ("C", "U")])
    clean_in = np.where(e.credit, e.origin[:, plain].sum(axis=1), 0)
    brought = {row.posting: min(row.traced_in.values(), default=0) for a in asked.result.accounts for row in a.rows}
    source = e.source or ()
    follows = e.follows if e.follows is not None else np.zeros(len(e), np.bool_)
    for row in np.flatnonzero(e.credit & ((e.partner >= 0) | follows)).tolist():
        clean_in[row] = int(e.amount[row]) - brought.get(source[row], 0)
    spent = np.where(e.credit, 0, e.amount)
    clean, out = np.zeros(len(e), np.int64), np.zeros(len(e), np.int64)
    for account in range(len(e.accounts)):
        mine = np.flatnonzero(e.account == account)
        clean[mine], out[mine] = np.cumsum(clean_in[mine]), np.cumsum(spent[mine])
    return clean, out


def _involved(asked: Asking) -> Iterator[TheoryFigure]:
    for one in _stated(asked, "involved_in"):
        try:
            key = line_of(asked.at, one.debit, one.account, credit=False)
            row = asked.at.row_of[key]
            floor = least(build(asked.entries), [row])[row]
        except (RuleError, NotCovered) as gone:
            yield asked.gone("involved_in", one.id, one.debit, gone, one)
            continue
        e = asked.entries
        currency = e.currencies[int(e.account[row])]
        amount = int(e.amount[row])
        whole = max(0, int(asked.balances[row]) + amount)
        words = (
            (
                f"charged laundering transaction {one.debit}: three numbers, never one; clean funds count only as far as the evidence "
                f"shows that they facilitated it ({', '.join(one.evidence)}); {one.reason}"
            ),
            f"指控的洗钱交易 {one.debit}：三个数字并列，不合并；合法资金仅在证据（{'、'.join(one.evidence)}）证明其便利时计入；{one.reason}",
        )
        yield asked.figure(
            "involved_in",
            one.id,
            e.accounts[int(e.account[row])],
            currency,
            [
                ("proceeds at least", "所得至少", floor),
                ("transaction amount", "交易金额", amount),
                ("commingled balance before it", "交易前混同余额", whole),
            ],
            words,
            stated=one,
            cites=(asked.at.postings[key].cite,),
        )


def _interbank(asked: Asking) -> Iterator[TheoryFigure]:
    for one in _stated(asked, "interbank"):
        try:
            keys = [line_of(asked.at, reference, "", credit=True) for reference in one.credit]
            found = {asked.at.postings[key].currency for key in keys}
            if found != {one.currency}:
                raise refused(
                    f"Theory {one.id}: deposits in {', '.join(sorted(found))}, the interbank balance in {one.currency}.",
                    "What may be seized is limited by the balance of the interbank account in its own currency; no rate is taken.",
                    "state the deposits of that currency, or convert at the bank's executed rate and say so in `reason`",
                )
        except RuleError as gone:
            yield asked.gone("interbank", one.id, one.account, gone, one)
            continue
        deposited = sum(asked.at.postings[key].amount for key in dict.fromkeys(keys))
        entered = sum(claim.amount for claim in asked.result.claims if claim.posting in keys)
        up_to, claim, net = interbank.seizable(deposited, one.paid_out or 0, one.amount or 0)
        words = (
            (
                f"deposits abroad deemed made in interbank account {one.account}; of them {asked.money(entered, one.currency)} entered "
                "as proceeds; no tracing is needed; approval of the Department of Justice is (confirm with counsel)"
            ),
            f"境外存款视为存入同业账户 {one.account}；其中 {asked.money(entered, one.currency)} 为所得；须经美国司法部批准（请律师确认）",
        )
        yield asked.figure(
            "interbank",
            one.id,
            one.account,
            one.currency,
            [
                ("deposited", "存入额", deposited),
                ("interbank balance", "同业账户余额", one.amount or 0),
                ("seizable up to", "可扣押上限", up_to),
                ("the bank's claim", "银行主张", claim),
                ("net", "净额", net),
            ],
            words,
            stated=one,
            cites=[asked.at.postings[key].cite for key in keys],
        )


def _poca(asked: Asking) -> Iterator[TheoryFigure]:
    for joint in asked.result.joint:
        members = [t for t in asked.result.targets if t.target in joint.targets]
        if not joint.ceiling:
            continue
        by_rule = {rule: sum(t.by_rule[rule] for t in members) for rule in asked.result.rules}
        words = (
            (
                f"all property in {joint.currency} together ({len(members)} items): no method is prescribed, so every one of the run "
                "stands with the floor and the ceiling that hold under all; s 278: recovered once, however many items trace to it"
            ),
            f"{joint.currency} 全部财产（{len(members)} 项）合并：法律未规定方法，故并列各方法及其上下限；第278条：仅追回一次",
        )
        yield asked.figure(
            "poca",
            f"poca/{joint.currency}",
            f"joint:{joint.currency}",
            joint.currency,
            [
                ("floor", "下限", joint.floor),
                *((r, r, x) for r, x in by_rule.items()),
                ("ceiling", "上限", joint.ceiling),
            ],
            words,
        )


def _value(asked: Asking) -> Iterator[TheoryFigure]:
    by_currency: dict[str, list[int]] = {}
    for claim in asked.result.claims:
        by_currency.setdefault(claim.currency, []).append(claim.amount)
    held = {joint.currency: joint.recorded for joint in asked.result.joint}
    cites = {
        c.currency: [asked.at.postings[x.posting].cite for x in asked.result.claims if x.currency == c.currency]
        for c in asked.result.claims
    }
    for currency, amounts in by_currency.items():
        benefit = sum(amounts)
        available = held.get(currency, 0)
        words = (
            (
                f"{len(amounts)} distinct receipts, each once, valued when obtained: what only went round, or was bought with it, is "
                f"no second receipt; available: property of the trace in {currency} as recorded, at its price; a value needs a person"
            ),
            f"{len(amounts)} 笔各计一次的收受，按取得时计值；回流或替代不再计；可得财产按记录金额",
        )
        yield asked.figure(
            "value",
            f"value/{currency}",
            f"joint:{currency}",
            currency,
            [
                ("benefit", "获益", benefit),
                ("available, as recorded", "可得（按记录）", available),
                ("order at most", "裁定上限", min(benefit, available)),
            ],
            words,
            cites=cites[currency],
        )


def _shared(asked: Asking) -> Iterator[TheoryFigure]:
    """Share what LIBR leaves in an account between its events; money that came by a transfer has no claimant of its own."""
    e = asked.entries
    for account, name in enumerate(e.accounts):
        mine = e.account == account
        labels = [x for k, x in enumerate(e.labels) if e.proceeds[k] and e.origin[mine, k].any()]
        if len(labels) < 2:
            continue
        currency = e.currencies[account]
        if (e.partner[mine & e.credit] >= 0).any():
            why = NotCovered(
                f"A once-off distribution of {name}, into which other held accounts paid.",
                where="shared",
                meaning="Whose money a transfer brings is what a rule says; a distribution takes deposits alone.",
                next_call="use the LIBR figures by label (R3d)",
            )
            yield asked.gone("shared", f"shared/{name}", name, why)
            continue
        book = listed(e)
        own = [
            replace(x, kind="debit", to="", sink="OUT", in_transit=False, credited=None) if x.kind == "transfer" else x
            for x in book.events
            if x.account == name
        ]
        holdings = tuple(h for h in book.holdings if h.name == name)
        fund = share_fund(replace(book, holdings=holdings, events=tuple(own), proceeds=tuple(labels)))
        if not fund.fund:
            continue
        figures = [("fund", "余存资金", fund.fund)]
        figures += [(f"R3b {x}", f"一次性按比例 {x}", fund.cents_b.get(x, 0)) for x in labels]
        figures += [(f"R3c {x}", f"设上限按比例 {x}", fund.cents_c.get(x, 0)) for x in labels]
        claims = ", ".join(f"{x} {asked.money(fund.net_claims[x], currency)}" for x in labels)
        caps = ", ".join(f"{x} {asked.money(fund.caps[x], currency)}" for x in labels)
        words = (
            (
                f"what own money first leaves of the events in the account, shared by net claims ({claims}), and by caps ({caps}); "
                "payments back to a claimant are not known to the records"
            ),
            f"账户中按自有资金先出法余存者，按净主张（{claims}）及按上限（{caps}）分配",
        )
        yield asked.figure("shared", f"shared/{name}", name, currency, figures, words)


def _screens(asked: Asking) -> Iterator[TheoryFigure]:
    for one in _stated(asked, *SCREENS):
        try:
            yield from screens_of(asked, one)
        except (RuleError, NotCovered) as gone:
            yield asked.gone(one.kind, one.id, "", gone, one)


_ORDER: tuple[Callable[[Asking], Iterator[TheoryFigure]], ...] = (
    _proceeds,
    _section_984,
    _section_1957,
    _involved,
    _interbank,
    _poca,
    _value,
    _shared,
    _screens,
)
