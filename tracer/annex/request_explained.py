"""How the figure of each claimed asset comes about, in the draft of a request: the sentences of `tracer explain`, both languages.

The sentences are those of sheet 25 and of the terminal, from one source (`Explanation.sentences`): nothing is worded again here.
An asset whose theory is its value has no traced figure, and none is told (requests.md, CR6).
"""

from __future__ import annotations

from tracer.annex.plan import Plan
from tracer.annex.request_facts import Body
from tracer.annex.wording import say
from tracer.model import RULE_NAMES
from tracer.model.targets import asset_of

__all__ = ["explained"]


def explained(plan: Plan) -> Body:
    """Yield, per claimed asset, what is told, then the numbered sentences of its figure; nothing where none was explained."""
    by_value = {a.record for a in plan.case.assets if a.theory == "value"}
    sheet = plan.sheets.get("25_EXPLAINED")
    for one in plan.dossier.tested.explanations if plan.dossier.tested else ():
        if asset_of(one.target, by_value)[0] or sheet is None:
            continue
        shown = plan.target(one.target)
        place = next((n for n in range(sheet.top, sheet.next_row) if sheet.get("asset_id", n) == shown), sheet.top)
        code, words, words_zh = RULE_NAMES[one.rule]
        record = asset_of(one.target, plan.asset_ids)[0]
        named = next((a.description for a in plan.dossier.assets.values() if a.record == record), "")
        method = {"method_en": f"{code} ({words})", "method_zh": f"{code}（{words_zh}）"}
        yield *say("explained", b=f"{shown} {named}".strip(), ref=f"25_EXPLAINED:{place}", **method), False
        for en, zh in zip(one.sentences("en"), one.sentences("zh"), strict=True):
            yield en, zh, False
