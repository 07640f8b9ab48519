"""Why nothing is traced, in the words of every verb that is asked of a trace no claim of which could be followed.

Without a claim every figure is zero and no money is called proceeds: that says nothing of where proceeds went, and told as a
figure it would read as innocence. So each verb says instead that nothing is traced, why, event by event, and the next call.
Where some events are followed and others are not, the figures are of the former alone, and the others are named beside them.
"""

from __future__ import annotations

from pathlib import Path

from tracer.model import Dossier, Event, Gap
from tracer.printed import Printed
from tracer.tables import View

__all__ = [
    "EVENT",
    "UNLABELLED",
    "left_out",
    "next_call",
    "nothing_traced",
    "others",
    "others_next",
    "reason_of",
    "title",
    "unanswered",
]

#: How a person states what a trace starts from.
EVENT = (
    "state it in case.yaml under predicate_events (id, offence, date, amount, currency, payer, payee, account, proceeds_txn; "
    "its offence under offences), then tracer trace"
)
_EVENT_ZH = (
    "请在 case.yaml 的 predicate_events 中载明（id、offence、date、amount、currency、payer、payee、account、proceeds_txn；"
    "其罪名载于 offences），然后运行 tracer trace"
)
_MEANS = (
    "No figure is given: a zero would read as if none of this money were proceeds, and nobody has followed it.",
    "不给出任何数字：零会被误读为其中没有涉案资金，而实际上无人追踪过。",
)
#: What it means for an account of where money came from, which is told all the same.
UNLABELLED = (
    "Where the money came from under this rule is told below; no part of it could be called proceeds here.",
    "以下载明按该规则款项来自何处；其中任何部分在此均无从认定为涉案资金。",
)
_PROBLEMS = "tracer problems   (why, event by event, and what to ask for)"
_PROBLEMS_ZH = "tracer problems   （逐一列明各事件的原因及应调取的材料）"


def title(made: Dossier) -> tuple[str, str]:
    """Return in English and in Chinese that nothing is traced: no event is stated, or none could be followed."""
    if not made.case.events:
        return (
            "Nothing is traced: case.yaml states no predicate event",
            "未作任何追踪：case.yaml 未载明上游犯罪事件",
        )
    events = [event.id for event in made.case.events]
    return (
        f"Nothing is traced: no proceeds of {', '.join(events)} could be followed",
        f"未作任何追踪：{'、'.join(events)} 的所得均无从追踪",
    )


def next_call(made: Dossier) -> tuple[str, str]:
    """Return in English and in Chinese what a person does about it."""
    return (_PROBLEMS, _PROBLEMS_ZH) if made.case.events else (EVENT, _EVENT_ZH)


def reason_of(event: Event, made: Dossier) -> Gap | None:
    """Return the gap that says why the proceeds of an event are not followed."""
    return next((gap for gap in made.gaps if gap.description_en.startswith(f"Event {event.id} (")), None)


def nothing_traced(made: Dossier, means: tuple[str, str] = _MEANS) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return, in English and in Chinese: that nothing is traced, why of each event, what that means, and the next call."""
    printed = Printed(made)
    en, zh = title(made)
    gaps = [gap for event in made.case.events if (gap := reason_of(event, made))]
    call, call_zh = next_call(made)
    return (
        (f"{en}.", *(printed.told(gap.description_en) for gap in gaps), means[0], f"Next: {call}"),
        (f"{zh}。", *(gap.description_zh for gap in gaps), means[1], f"下一步：{call_zh}"),
    )


def unanswered(made: Dossier, columns: tuple[str, ...], folder: Path | None, meant: tuple[str, str]) -> View:
    """Return a view without a figure: that nothing is traced, why of each event, and the next call, in both languages.

    meant   what the verb did not do for want of a claim, in English and in Chinese
    """
    en, zh = nothing_traced(made)
    return View(
        title(made)[0],
        columns,
        (),
        next_call(made)[0],
        explained=(en[0], meant[0], *en[1:], *(f"   {said}" for said in (zh[0], meant[1], *zh[1:]))),
        run=made.trace.run,
        folder=folder,
        problems=(title(made)[0],),
        is_unanswered=True,
    )


def left_out(made: Dossier) -> list[str]:
    """Return the events that are not followed while another is; none where nothing is traced at all."""
    followed = {claim.event for claim in made.trace.claims}
    return [event.id for event in made.case.events if followed and event.id not in followed]


def others(made: Dossier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return, in English and in Chinese, of which events the figures are where others are not followed, and why of each."""
    missing = left_out(made)
    if not missing:
        return (), ()
    printed, followed = Printed(made), list(dict.fromkeys(claim.event for claim in made.trace.claims))
    gaps = [gap for event in made.case.events if event.id in missing and (gap := reason_of(event, made))]
    is_are = "is" if len(missing) == 1 else "are"
    of = f"The figures are of the proceeds of {', '.join(followed)} alone"
    left = f"{', '.join(missing)} {is_are} not traced, and what became of those proceeds is not known"
    of_zh, left_zh = (
        f"各项数字仅涉及 {'、'.join(followed)} 的所得",
        f"{'、'.join(missing)} 未予追踪，该等所得的去向不明",
    )
    return (
        (f"{of}: {left}.", *(printed.told(gap.description_en) for gap in gaps)),
        (f"{of_zh}：{left_zh}。", *(gap.description_zh for gap in gaps)),
    )


def others_next(made: Dossier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return, in English and in Chinese, the next call for each event that is not followed while another is."""
    printed, missing = Printed(made), left_out(made)
    en, zh = [], []
    for event in made.case.events:
        gap = reason_of(event, made) if event.id in missing else None
        if gap is None:
            continue
        ask = f", or ask for: {printed.told(gap.ask_en)}" if gap.ask_en else ""
        ask_zh = f"，或调取：{gap.ask_zh}" if gap.ask_zh else ""
        en.append(f"Next, {event.id}: correct its account, amount or proceeds_txn in case.yaml, then tracer trace{ask}")
        zh.append(
            f"下一步，{event.id}：请更正 case.yaml 中的 account、amount 或 proceeds_txn，然后运行 tracer trace{ask_zh}"
        )
    return tuple(en), tuple(zh)
