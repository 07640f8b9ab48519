"""Defence replay: one assumption of a trace is changed, everything is computed again, and what differs is returned.

The figures are those of the trace itself: every rule over all accounts, the ceiling with balances carried through missing
periods, the floor with all of them open (tracing.md 5.6). A change that leaves the records and the links as they are (an
order, a parameter, lawful in place of unknown) cannot leave the floor and ceiling of the trace: that is checked on each
run, as is that every rule stays between the floor and ceiling of its own run.

Speed:   the entries, the network and the figures of the trace as it stands are made once (`stand`); a change of labels or
         links is made on the entries, and floor and ceiling are solved again only for targets that money at the changed
         entries can reach. A change of the records (an exhibit, a judgement of a person) reads them again.
Source:  tracing.md sections 5 and 6.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from tracer.model import Difference, GapEffect, WhatIf
from tracer.trace.assumptions import Assumption, Nothing, Question
from tracer.trace.changes import possible_at, rows_by_posting
from tracer.trace.changing import Changed, changed
from tracer.trace.entries import Cents, Entries
from tracer.trace.standing import Figures, Standing, bought, conversions, measure, stand, stop

__all__ = ["compare", "possible_effects", "verdict", "what_if"]


def what_if(question: Question, assumption: Assumption, *, base: Standing | None = None) -> WhatIf:
    """Change one assumption and return every figure that differs. `base`: `stand(question)`, where it is known.

    Raises: RuleError where the assumption names nothing of the case, NotCovered where tracer cannot change it yet.
    """
    standing = base or stand(question)
    made = changed(assumption, question, standing)
    asked = made.question or question
    after = measure(made.books, standing.rules, bought(asked), base=standing, changed=made.rows)
    if made.promised:
        promised(standing, after)
    return compare(assumption, question, standing, after, made)


def promised(before: Standing, after: Standing) -> None:
    """Stop where a figure leaves the floor and ceiling of the trace as it stands, which this change cannot do."""
    slack = conversions(before.books.carried)
    for target, each in after.figures.items():
        known = before.figures.get(target)
        for rule, amount in each.by_rule.items():
            if known is not None and not known.floor - slack <= amount <= known.ceiling + slack:
                stop(f"{rule} gives {amount} for {target}, outside {known.floor} to {known.ceiling}")


def verdict(before: Figures | None, after: Figures | None) -> str:
    """Return holds where no figure is less, falls where the floor or a rule's figure was above zero and is zero, else less."""
    if before is None:
        return "holds"
    was = {**before.by_rule, "floor": before.floor}
    now = {**after.by_rule, "floor": after.floor} if after is not None else dict.fromkeys(was, 0)
    if any(was[name] > 0 and now[name] <= 0 for name in was):
        return "falls"
    return "less" if any(now[name] < was[name] for name in was) else "holds"


def compare(assumption: Assumption, question: Question, before: Standing, after: Standing, made: Changed) -> WhatIf:
    """Return what differs between two standings, and which exhibits proceeds may pass only in one of them."""
    differences = []
    pairs = ((before.figures, after.figures), (before.joint, after.joint))
    for old, new in pairs:
        for target in dict.fromkeys([*old, *new]):
            one, other = old.get(target), new.get(target)
            currency = one.currency if one else other.currency if other else ""
            left, right = one.all() if one else {}, other.all() if other else {}
            for figure in dict.fromkeys([*left, *right]):
                if left.get(figure, 0) != right.get(figure, 0):
                    differences.append(Difference(target, currency, figure, left.get(figure, 0), right.get(figure, 0)))
    en, zh = assumption.told()
    told = {
        **{t: verdict(each, after.figures.get(t)) for t, each in before.figures.items() if _is_property(t, before)},
        **{t: verdict(each, after.joint.get(t)) for t, each in before.joint.items()},
    }
    asked = made.question or question
    shown, still = _exhibits(question, before, asked, after)
    base_run = question.base_run or _run(question, ())
    return WhatIf(
        assumption=assumption.words,
        words_en=en,
        words_zh=zh,
        base_run=base_run,
        run=base_run if isinstance(assumption, Nothing) else _run(question, assumption.words),
        rules=before.rules,
        differences=tuple(differences),
        targets=told,
        exhibits_gone=tuple(sorted(shown - still)),
        exhibits_new=tuple(sorted(still - shown)),
        cites=made.cites,
        note_en=made.note[0],
        note_zh=made.note[1],
    )


def possible_effects(question: Question, base: Standing, postings: Sequence[str]) -> dict[str, tuple[GapEffect, ...]]:
    """Return, by posting of a credit of unknown origin, each figure of property as it stands and were all of it proceeds.

    That is the most that the record of its other side can decide: never a proven figure (tracing.md 1.3, unknown_as).
    """
    found: dict[str, tuple[GapEffect, ...]] = {}
    rows = base.books.row_of or rows_by_posting(base.books.carried)
    for posting in postings:
        row = rows.get(posting)
        e = base.books.carried
        if row is None or not e.credit[row] or e.partner[row] >= 0:
            continue

        def change(entries: Entries, key: str = posting) -> tuple[Entries, Cents]:
            at = rows_by_posting(entries).get(key)
            return possible_at(entries, at) if at is not None else (entries, np.zeros(0, np.int64))

        made, changed_rows = base.books.both(change)
        after = measure(made, base.rules, bought(question), base=base, changed=changed_rows)
        told = []
        for target, stood in base.figures.items():
            now = after.figures.get(target)
            if now is None or not _is_property(target, base):
                continue
            told += [
                GapEffect(target, stood.currency, name, min(value, now.all()[name]), max(value, now.all()[name]))
                for name, value in stood.all().items()
                if name != "recorded" and now.all()[name] != value
            ]
        found[posting] = tuple(told)
    return found


def _is_property(target: str, standing: Standing) -> bool:
    return any(target in members for members in standing.together.values())


def _exhibits(
    question: Question, before: Standing, asked: Question, after: Standing
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the exhibits on the trail before and after; equal sets where the trail is the same."""
    one, other = before.books.carried.source, after.books.carried.source
    if one is other and bool((before.trail == after.trail).all()):
        return frozenset(), frozenset()
    if one is other and question.postings is asked.postings:
        after.printed[:] = [_printed(question, before)]
    return _on_trail(question, before), _on_trail(asked, after)


def _printed(question: Question, standing: Standing) -> tuple[Cents, tuple[str, ...]]:
    """Return the exhibit that prints each row, as a code, and the hashes; kept, since every change asks for it again."""
    if not standing.printed:
        names: dict[str, int] = {}
        found = [question.postings.get(key) for key in standing.books.carried.source or ()]
        codes = [names.setdefault(p.cite.exhibit, len(names)) if p is not None else -1 for p in found]
        standing.printed.append((np.array(codes, np.int64), tuple(names)))
    return standing.printed[0]


def _on_trail(question: Question, standing: Standing) -> frozenset[str]:
    codes, names = _printed(question, standing)
    return frozenset(names[code] for code in np.unique(codes[standing.trail]).tolist() if code >= 0)


def _run(question: Question, words: tuple[str, ...]) -> str:
    """Return the id of a run: the same head, choices and assumption give the same id."""
    chosen = [question.base_run, question.opening, question.same_day_order, question.bundle]
    stated = [question.head, *chosen, question.rules, words]
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()[:16]
