"""Why nothing is traced, in the words of every verb that is asked of a trace no claim of which could be followed.

Without a claim every figure is zero and no money is called proceeds: that says nothing of where proceeds went, and told as a
figure it would read as innocence. So each verb says instead that nothing is traced, why, event by event, and the next call.
"""

from __future__ import annotations

from tracer.model import Dossier, Event, Gap
from tracer.printed import Printed

__all__ = ["EVENT", "UNLABELLED", "next_call", "nothing_traced", "reason_of", "title"]

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
