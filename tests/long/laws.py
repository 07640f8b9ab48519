"""What must hold of every generated case. Each law takes a case with its options and returns a sentence where it is broken.

`differs` is run on every case; the others on the part of the seeds that `SHARES` names, because they cost more.
"""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np

from tests.long.engine import OTHER, RULES, Engine, trace
from tests.long.network import Network
from tests.long.stories import smaller, story
from tests.trace.ledgers import Ledger, Opening, Row
from tests.trace.twin import Twin
from tracer.model import TracerError
from tracer.trace.bounds import bounds, build
from tracer.trace.cases import book_of
from tracer.trace.elected import Elections, elect, run_elected
from tracer.trace.events import enter
from tracer.trace.replay import replay

RESTATING = {"r7", "restoration", "specific_id"}
PLAIN = {"bundle", "mixed_repay", "proceeds_subrule"}


def thin(targets):
    kept = {t: {n: x for n, x in labels.items() if x} for t, labels in targets.items()}
    return {t: labels for t, labels in kept.items() if labels}


def runs(case, options):
    book, elections = book_of(case), Elections.of(options)
    return {rule: thin(run_elected(book, rule, elections).targets) for rule in RULES}


def entered(case, options):
    return enter(elect(book_of(case), Elections.of(options)))


def proceeds(labels):
    return sum(x for n, x in labels.items() if n not in OTHER)


def differs(case, options):
    """The shipped engine and the second one agree on every cent of every target; the totals are those of the record."""
    found = runs(case, options)
    totals = None
    for rule in RULES:
        expected = trace(case, rule, options)
        if found[rule] != expected:
            both = {t: (found[rule].get(t), expected.get(t)) for t in {*found[rule], *expected}}
            return f"{rule}: tracer and the second engine: { {t: x for t, x in both.items() if x[0] != x[1]} }"
        totals = totals or {t: sum(labels.values()) for t, labels in expected.items()}
        if totals != {t: sum(labels.values()) for t, labels in expected.items()}:
            return f"{rule}: the total of a target depends on the rule"
    return unconserved(case, options, found)


def unconserved(case, options, found):
    """Per label: what entered and what is accounted for (tracing.md I4), where nothing is converted or composed."""
    kinds = {e["type"] for e in case["events"]}
    if len({raw.get("currency") for raw in case["accounts"].values()}) > 1 or kinds & {"interest"}:
        return None
    if set(options) - PLAIN - {"fee", "net_roundtrips", "reversal"}:
        return None
    gone = {e["of"] for e in case["events"] if e["type"] == "returned"}
    came = {}
    for labels in [
        *({label: x} for raw in case["accounts"].values() for label, x in raw.get("opening", [])),
        *(e["labels"] for e in case["events"] if e["type"] == "credit" and e["id"] not in gone),
    ]:
        for name, x in labels.items():
            came[name] = came.get(name, 0) + x
    for name, x in came.items():
        if name == "K" or (name == "U" and any(e.get("link") for e in case["events"])):
            continue
        for rule, targets in found.items():
            if (held := sum(labels.get(name, 0) for labels in targets.values())) != x:
                return f"{rule}: of {x} {name} that entered {held} are accounted for"
    return None


def outside(case, options):
    """floor <= every rule <= ceiling, alone and together; and floor and ceiling are those of the second network."""
    if set(options) & RESTATING:
        return None
    entries = entered(case, options)
    graph = build(entries)
    found = runs(case, options)
    names = tuple(case["proceeds"])
    plain = not entries.several_currencies
    second = Network(case, options) if plain else None
    totals = list(graph.targets)
    sets = [(t,) for t in totals] + [tuple(totals[::2]), tuple(totals[1::2]), tuple(totals[:2])]
    slack = sum(1 for e in case["events"] if e.get("credited_currency")) if not plain else 0
    for chosen in dict.fromkeys(sets):
        if not chosen or len({currency_of(case, t) for t in chosen}) > 1:
            continue
        each = bounds(graph, chosen, names)
        if second and (each.floor, each.ceiling) != second.bounds(chosen):
            return (
                f"bounds of {chosen}: {(each.floor, each.ceiling)} and, by the second network, {second.bounds(chosen)}"
            )
        for rule, targets in found.items():
            x = sum(proceeds(targets.get(t, {})) for t in chosen)
            if not each.floor - slack <= x <= each.ceiling + slack:
                return f"{rule}: {x} in {chosen} is outside {(each.floor, each.ceiling)}"
    return None


def currency_of(case, target):
    kind, _, name = target.partition(":")
    if kind == "bal":
        return case["accounts"].get(name, {}).get("currency", "XXX")
    if kind == "transit":
        sent = next(e for e in case["events"] if e["id"] == name)
        return case["accounts"][sent.get("from") or sent["account"]].get("currency", "XXX")
    return name.split(":")[-1][:3] if not name.startswith("X") else "XXX"


def unlike_without_a_record(case, options):
    """Totals only, by the fast ways where they are open, are the totals of the recorded run."""
    if set(options) & (RESTATING | {"interest"}):
        return None
    entries = entered(case, options)
    if case["id"] == "S-pair" and set(entries.labels) >= {"K", "T"}:
        kept = [entries.labels.index("K"), entries.labels.index("T")]
        entries = entries.changed(
            labels=("K", "T"), proceeds=entries.proceeds[kept], origin=np.ascontiguousarray(entries.origin[:, kept])
        )
    elected = {name: options[name] for name in PLAIN & set(options)}
    for rule in RULES:
        whole, quick = replay(entries, rule, **elected), replay(entries, rule, record=False, **elected)
        if whole.targets != quick.targets:
            return f"{rule}: the totals of a run without a record differ"
    return None


def order_matters(case, options):
    """What is posted to other accounts meanwhile, and the order in which accounts are listed, change no figure.

    Under the rules that know classes only, nor does the order of two deposits, one after the other, in an account in credit.
    """
    if set(options) - PLAIN - {"fee", "cash_link", "unknown_as"}:
        return None
    found = runs(case, options)
    turned = {**case, "accounts": dict(reversed(case["accounts"].items()))}
    if runs(turned, options) != found:
        return "the order in which accounts are listed changes a figure"
    events = case["events"]
    for k in range(len(events) - 1):
        one, two = events[k], events[k + 1]
        apart = not (touched(one) & touched(two)) and two.get("of") != one["id"]
        alike = one["type"] == two["type"] == "credit" and one["account"] == two["account"]
        alike = alike and options.get("proceeds_subrule") != "fifo"
        if alike:
            told = Engine({**case, "events": events[:k]}, "libr", options)
            told.run()
            alike = not told.accounts[one["account"]].debt and not any("of" in e for e in events)
        if not (apart or alike):
            continue
        other = runs({**case, "events": [*events[:k], two, one, *events[k + 2 :]]}, options)
        for rule in RULES if apart else ("pro_rata", "libr", "proceeds_first"):
            if other[rule] != found[rule]:
                return f"{rule}: {one['id']} and {two['id']} posted the other way round change a figure"
    return None


def touched(event):
    return {event[name] for name in ("account", "from", "to") if event.get(name)}


def not_closed(case, options):
    """One account, no overdraft, each payment apart: the closed forms of LIBR, proceeds first and FIFO (5.3, R1, R4)."""
    if set(options) - {"bundle"} or {e["type"] for e in case["events"]} - {"credit", "debit"}:
        return None
    name = next(iter(case["accounts"]))
    raw = case["accounts"][name]
    own = [e for e in case["events"] if e["account"] == name]
    opening = [x for _, x in raw.get("opening", [])]
    balance = sum(opening) - raw.get("debt", 0)
    steps, out = [(balance, proceeds(dict_of(raw.get("opening", []))), sum(opening))], 0
    lots = [(x, x if label not in OTHER else 0) for label, x in raw.get("opening", [])]
    for e in own:
        balance += e["amount"] if e["type"] == "credit" else -e["amount"]
        p = proceeds(e.get("labels", {}))
        steps.append((balance, p, e["amount"] if e["type"] == "credit" else 0))
        if e["type"] == "credit":
            lots.append((e["amount"], p))
        else:
            out += e["amount"]
        if balance < 0:
            return None
    if raw.get("debt"):
        return None
    alone = {**case, "accounts": {name: raw}, "events": own}
    found = runs(alone, options)

    def lowest(which):
        total = sum(s[which] for s in steps)
        return min([total, *(s[0] + sum(x[which] for x in steps[k + 1 :]) for k, s in enumerate(steps))])

    at = f"bal:{name}"
    libr = lowest(1)
    clean = [(b, s - p) for b, p, s in steps]
    other = min([sum(n for _, n in clean), *(b + sum(n for _, n in clean[k + 1 :]) for k, (b, _) in enumerate(clean))])
    for rule, expected in (("libr", libr), ("proceeds_first", steps[-1][0] - other)):
        if (x := proceeds(found[rule].get(at, {}))) != expected:
            return f"{rule}: {x} held, {expected} by the closed form"
    held, passed = 0, 0
    for size, p in lots:  # oldest first: what was paid out in all covers the lots from the front
        drawn = max(0, min(size, out - passed))
        passed += size
        held += p - (2 * drawn * p + size) // (2 * size)
    if (x := proceeds(found["fifo"].get(at, {}))) != held:
        return f"fifo: {x} held, {held} by the closed form"
    return None


def dict_of(pairs):
    labels = {}
    for name, x in pairs:
        labels[name] = labels.get(name, 0) + x
    return labels


def drifts(case, options):
    """Whole cents stay near the exact rationals: less than a unit for each taking; pure lots without charges not at all."""
    if set(options) - PLAIN or {e["type"] for e in case["events"]} - {"credit", "debit", "transfer", "arrival"}:
        return None
    if len({raw.get("currency") for raw in case["accounts"].values()}) > 1 or any(
        e.get("link") for e in case["events"]
    ):
        return None
    if len(case["events"]) > 13:
        return None
    rows = []
    for e in case["events"]:
        if e["type"] == "credit":
            rows.append(Row("credit", e["account"], e["amount"], e["labels"]))
        elif e["type"] == "debit":
            rows.append(Row("pay", e["account"], e["amount"], sink=f"sink:{e['sink']}"))
        elif e["type"] == "transfer":
            rows.append(Row("send", e["from"], e["amount"], id=e["id"]))
            if not e.get("in_transit"):
                rows.append(Row("arrival", e["to"], e.get("credited", e["amount"]), of=e["id"]))
        else:
            sent = next(x for x in case["events"] if x["id"] == e["of"])
            rows.append(Row("arrival", e["account"], sent.get("credited", sent["amount"]), of=e["of"]))
    told = {
        n: Opening([{m: x} for m, x in raw.get("opening", [])], raw.get("debt", 0))
        for n, raw in case["accounts"].items()
    }
    ledger = Ledger(told, rows, tuple(case["proceeds"]))
    found = runs(case, options)
    elected = {"bundle": "ordered", "mixed_repay": "pro_rata"} | {k: v for k, v in options.items() if k in PLAIN}
    subrule = elected.pop("proceeds_subrule", "pro_rata")
    most = 4 * (len(rows) + sum(len(o.lots) for o in told.values()))
    for rule in RULES:
        exact = Twin(rule, exact=True, subrule=subrule, **elected).run(ledger)
        for target in {*exact, *found[rule]}:
            x = proceeds(found[rule].get(target, {})) - proceeds(exact.get(target, {}))
            if abs(Fraction(x)) > most:
                return f"{rule}: {target} is {float(x)} away from the exact figure"
            if x and case["id"] == "S-pure" and rule in ("fifo", "lifo") and elected["bundle"] == "ordered":
                return f"{rule}: {target} of pure lots is not the exact figure"
    return None


#: Every so many seeds a law is checked.
SHARES = {differs: 1, outside: 8, unlike_without_a_record: 4, order_matters: 12, not_closed: 1, drifts: 8}


def broken(seed):
    """Return (law, sentence) of what a seed breaks, else None."""
    case, options = story(seed)
    for law, every in SHARES.items():
        if seed % every == 0 and (said := judged(law, case, options)):
            return law, said
    return None


def judged(law, case, options):
    """Return what a law says of a case; an error of tracer on a case that the specification allows is a finding."""
    try:
        return law(case, options)
    except (TracerError, AssertionError) as error:
        return f"{type(error).__name__}: {error}"


def report(seed):
    """Return the smallest case that breaks what a seed breaks, to be read."""
    case, options = story(seed)
    law, said = broken(seed)
    case, options = simplest(case, options, law)
    told = {name: case[name] for name in ("accounts", "events", "proceeds")}
    return f"seed {seed}, {case['id']}: {law.__name__}: {said}\nsmallest: {json.dumps(told)}\noptions: {json.dumps(options)}\n{judged(law, case, options)}"


def simplest(case, options, law=differs):
    """Return the smallest case that still breaks a law."""
    shrinking = True
    while shrinking:
        shrinking = False
        for less, fewer in smaller(case, options):
            try:
                said = judged(law, less, fewer)
            except (LookupError, ValueError):  # what is left is no case any more
                continue
            if said:
                case, options, shrinking = less, fewer, True
                break
    return case, options
