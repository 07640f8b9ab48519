"""A second engine of tracing.md 1 and 2: whole cents, from the list of events straight to the targets.

Written from the specification alone. It shares nothing with tracer and nothing with the twin of the kernels: no columns,
no kernels, no entries; a case in the form of tracing_cases.json goes in, target -> label -> cents comes out. Elections
are carried out while the events are posted, not as passes before. Plain integers only, so nothing can wrap around.

What it does not know, because the specification leaves it out or tracer names it as missing: reversed transfers under
`new_credit_tail`, an R7 link to a transfer, policies of one label (`unknown_as`, interest `proceeds`) with several.
"""

from __future__ import annotations

import datetime as dt

OTHER = ("C", "U", "K")
RULES = ("fifo", "lifo", "pro_rata", "libr", "proceeds_first")
DEFAULTS = {
    "bundle": "ordered",
    "interest": "prorata_posting",
    "fee": "rule",
    "reversal": "void",
    "mixed_repay": "pro_rata",
    "proceeds_subrule": "pro_rata",
    "unknown_as": "clean",
    "net_roundtrips": False,
    "cash_link": "refused",
    "restoration": [],
    "r7": [],
    "specific_id": [],
    "available": False,
    "group": {},
    "order": [],
}


def dirty(labels):
    return sum(x for name, x in labels.items() if name not in OTHER)


def half_up(x, part, whole):
    return (2 * x * part + whole) // (2 * whole)


def shares(x, cells):
    """Largest remainder: `x` over the (key, weight) pairs in their order."""
    whole = sum(weight for _, weight in cells)
    if not x:
        return {key: 0 for key, _ in cells}
    got = {key: x * weight // whole for key, weight in cells}
    spare = x - sum(got.values())
    for _, _, key in sorted((-(x * weight % whole), place, key) for place, (key, weight) in enumerate(cells))[:spare]:
        got[key] += 1
    return got


def composed(amount, proceeds, labels):
    """`amount` of the mixture `labels`, of which `proceeds` are proceeds: class first, then labels inside each class."""
    bad = sorted((name, x) for name, x in labels.items() if name not in OTHER and x)
    good = sorted((name, x) for name, x in labels.items() if name in OTHER and x)
    return {**(shares(proceeds, bad) if bad else {}), **(shares(amount - proceeds, good) if good else {})}


def part_of(amount, labels):
    """`amount` out of a mixture, in proportion."""
    return composed(amount, half_up(amount, dirty(labels), sum(labels.values())), labels)


def added(into, labels):
    for name, x in labels.items():
        into[name] = into.get(name, 0) + x
    return into


def minus(labels, taken):
    return {name: x - taken.get(name, 0) for name, x in labels.items()}


class Lot:
    def __init__(self, labels):
        self.labels = {name: x for name, x in labels.items() if x}
        self.first, self.proceeds, self.gone = sum(labels.values()), dirty(labels), 0

    @property
    def left(self):
        return self.first - self.gone

    def draw(self, w):
        if w == self.left:
            taken = self.labels
            self.labels = {}
        else:
            before = half_up(self.gone, self.proceeds, self.first)
            p = half_up(self.gone + w, self.proceeds, self.first) - before
            taken = composed(w, p, self.labels)
            self.labels = minus(self.labels, taken)
        self.gone += w
        return taken


class Account:
    def __init__(self, currency, lots, debt):
        self.currency, self.debt = currency, debt
        self.lots = [Lot(labels) for labels in lots]
        self.closings = {}  # day -> composition
        self.came = {}  # proceeds ever credited or opened
        self.since = None
        for labels in lots:
            added(self.came, labels)

    def held(self):
        total = {}
        for lot in self.lots:
            added(total, lot.labels)
        return {name: x for name, x in total.items() if x}

    def balance(self):
        return sum(self.held().values()) - self.debt


def day(event):
    return dt.date.fromisoformat(event["date"]).toordinal() if event.get("date") else None


class Engine:
    """One run of one rule over a case."""

    def __init__(self, case, rule, options=None):
        self.case, self.rule = case, rule
        self.options = {**DEFAULTS, **(options or {})}
        self.targets, self.under_way, self.drawn, self.apart = {}, {}, {}, {}
        self.moved_back = {}  # payment -> change of its labels by R7
        self.group = {name: g for g, names in self.options["group"].items() for name in names}
        self.accounts = {}
        label = case["proceeds"][0]
        for name, raw in case["accounts"].items():
            lots = [{self.read(lab, label): x} for lab, x in raw.get("opening", [])]
            home = self.group.get(name, name)
            if home in self.accounts:
                for labels in lots:
                    self.accounts[home].lots.append(Lot(labels))
                    added(self.accounts[home].came, labels)
            else:
                self.accounts[home] = Account(raw.get("currency", "XXX"), lots, raw.get("debt", 0))
        self.several = len({a.currency for a in self.accounts.values()}) > 1

    def read(self, name, label):
        return label if name == "U" and self.options["unknown_as"] == "proceeds" else name

    # the list of events as posted ------------------------------------------------------------------------------

    def events(self):
        events = list(self.case["events"])
        if self.options["order"]:
            turn = iter(sorted((e for e in events if e["id"] in self.options["order"]), key=self.rank))
            events = [next(turn) if e["id"] in self.options["order"] else e for e in events]
        by_id = {e["id"]: e for e in events}
        void = set()
        for e in events:
            whole = e.get("of") in by_id and e.get("amount") == by_id[e["of"]]["amount"]
            if e["type"] == "returned" or (e["type"] == "reversal" and whole and self.options["reversal"] == "void"):
                void |= {e["id"], e["of"]}
        events = [e for e in events if e["id"] not in void and not (e["type"] == "arrival" and e["of"] in void)]
        if self.options["available"]:
            late = [e for e in events if e.get("available")]
            rest = [e for e in events if not e.get("available")]
            for e in reversed(late):
                later = [k for k, x in enumerate(rest) if x.get("date") and x["date"] >= e["available"]]
                rest.insert(later[0] if later else len(rest), {**e, "date": e["available"]})
            events = rest
        if self.options["net_roundtrips"]:
            events = self.netted(events)
        return events

    def rank(self, event):
        return self.options["order"].index(event["id"])

    def steps(self, events):
        """(event place, account, signed amount): every leg in posting order, amounts only."""
        sent = {e["id"]: e for e in events if e["type"] == "transfer"}
        for k, e in enumerate(events):
            if e["type"] == "transfer":
                yield k, e["from"], -e["amount"]
                if not e.get("in_transit"):
                    yield k, e["to"], e.get("credited", e["amount"])
            elif e["type"] == "arrival":
                yield k, e["account"], sent[e["of"]].get("credited", sent[e["of"]]["amount"])
            else:
                yield k, e["account"], -e["amount"] if e["type"] == "debit" else e["amount"]

    def openings(self):
        return {
            name: sum(x for _, x in raw.get("opening", [])) - raw.get("debt", 0)
            for name, raw in self.case["accounts"].items()
        }

    def running(self, events):
        now, told = self.openings(), []
        for k, name, x in self.steps(events):
            now[name] += x
            told.append((k, name, now[name]))
        return told

    def netted(self, events):
        """A return cancels the opposite earlier transfers, newest first, as far as every posted balance can bear it."""
        recorded = [b for _, _, b in self.running(events)]
        events = [dict(e) for e in events]

        def plain(e):
            return e["type"] == "transfer" and not e.get("in_transit") and e.get("credited", e["amount"]) == e["amount"]

        can = [plain(e) for e in events]
        for k, back in enumerate(events):
            for j in range(k - 1, -1, -1):
                out = events[j]
                if not (can[k] and can[j]) or (out["from"], out["to"]) != (back["to"], back["from"]):
                    continue
                most = min(out["amount"], back["amount"])
                m = self.room(events, j, k, most, recorded)
                for e in (out, back):
                    e["amount"] -= m
                    e.pop("credited", None)
        return [e for e in events if e["amount"] or e["type"] != "transfer"]

    def room(self, events, j, k, most, recorded):
        """The largest m that leaves no balance between the two below min(0, as recorded)."""
        for at, (place, name, balance) in enumerate(self.running(events)):
            if j <= place < k and name == events[j]["to"]:
                most = min(most, balance - min(0, recorded[at]))
        return max(0, most)

    # specific identification: how much of each credit is held apart for which debit ------------------------------

    def links(self, events):
        told, made = self.running(events), []
        place = {e["id"]: k for k, e in enumerate(events)}
        free = [b for _, _, b in told]
        used = {}
        for link in sorted(self.options["specific_id"], key=lambda one: place[one["credit"]]):
            c, d = events[place[link["credit"]]], events[place[link["debit"]]]
            span = [
                at
                for at, (k, name, _) in enumerate(told)
                if place[c["id"]] <= k < place[d["id"]] and name == c["account"]
            ]
            m = min(c["amount"] - used.get(c["id"], 0), d["amount"] - used.get(d["id"], 0), *(free[at] for at in span))
            if m > 0:
                for at in span:
                    free[at] -= m
                for one in (c, d):
                    used[one["id"]] = used.get(one["id"], 0) + m
                made.append((c["id"], d["id"], m))
        return made

    # drawing -------------------------------------------------------------------------------------------------------

    def draw(self, account, w, clean_first=False):
        """What a debit takes, sub-lot by sub-lot; the bank's money last and apart."""
        held = account.held()
        whole, p = sum(held.values()), dirty(held)
        use = min(w, whole)
        if self.rule in ("fifo", "lifo"):
            bundle = []
            order = list(account.lots) if self.rule == "fifo" else list(reversed(account.lots))
            if clean_first:
                order = [x for x in order if not x.proceeds] + [x for x in order if x.proceeds]
            left = use
            for lot in order:
                if left:
                    some = min(left, lot.left)
                    bundle.append(lot.draw(some))
                    left -= some
            account.lots = [lot for lot in account.lots if lot.left]
        else:
            n = whole - p
            if clean_first or self.rule == "libr":
                x = max(0, use - n)
            elif self.rule == "proceeds_first":
                x = min(use, p)
            else:
                x = half_up(use, p, whole) if whole else 0
            bundle = [self.draw_class(account, held, use, x)] if use else []
        if w > use:
            account.debt += w - use
            bundle.append({"K": w - use})
        return bundle

    def draw_class(self, account, held, use, x):
        if self.options["proceeds_subrule"] == "fifo" and self.rule in ("libr", "proceeds_first"):
            taken, left = composed(use - x, 0, {n: v for n, v in held.items() if n in OTHER}), x
            for lot in account.lots:  # what is left of each deposit of proceeds, oldest first
                bad = {n: v for n, v in lot.labels.items() if n not in OTHER and v}
                some = min(left, sum(bad.values()))
                if some:
                    got = shares(some, sorted(bad.items()))
                    lot.labels = minus(lot.labels, got)
                    added(taken, got)
                    left -= some
            for name in OTHER:
                left = taken.get(name, 0)
                for lot in account.lots:
                    some = min(left, lot.labels.get(name, 0))
                    if some:
                        lot.labels[name] -= some
                        left -= some
            return taken
        taken = composed(use, x, held)
        account.lots = [Lot(minus(held, taken))]
        return taken

    # posting -------------------------------------------------------------------------------------------------------

    def to(self, target, labels):
        added(self.targets.setdefault(target, {}), labels)

    def name(self, what, account):
        return f"sink:{what}:{account.currency}" if self.several else f"sink:{what}"

    def enter(self, account, parts):
        """Sub-lots come in one after another; a debt is repaid first."""
        for labels in parts:
            size = sum(labels.values())
            if not size:
                continue
            for name, x in labels.items():
                if name not in OTHER:
                    account.came[name] = account.came.get(name, 0) + x
            repaid = min(account.debt, size)
            if repaid:
                account.debt -= repaid
                p = dirty(labels)
                if self.options["mixed_repay"] == "clean_first":
                    stays = p - max(0, repaid - (size - p))
                else:
                    stays = half_up(size - repaid, p, size)
                kept = composed(size - repaid, stays, labels)
                self.to(self.name("OVERDRAFT", account), minus(labels, kept))
                labels = kept
            if size > repaid:
                account.lots.append(Lot(labels))

    def arrive(self, account, bundle, credited, origin=None, rest_to=None):
        """A bundle arrives, scaled to what was credited."""
        if self.options["bundle"] == "blended":
            whole = {}
            for labels in bundle:
                added(whole, labels)
            bundle = [whole]
        sent = sum(sum(labels.values()) for labels in bundle)
        converted = origin is not None and origin.currency != account.currency
        if credited != sent or converted:
            got = shares(credited, [((k, n), labels[n]) for k, labels in enumerate(bundle) for n in sorted(labels)])
            scaled = [{n: got[k, n] for n in labels} for k, labels in enumerate(bundle)]
            if not converted:
                for before, after in zip(bundle, scaled, strict=True):
                    self.to(rest_to or self.name("TRANSIT_FEE", origin), minus(before, after))
            bundle = scaled
        self.enter(account, bundle)

    def interest(self, e, account):
        policy = self.options["interest"]
        if policy in ("clean", "proceeds"):
            return {("C" if policy == "clean" else self.case["proceeds"][0]): e["amount"]}
        if policy == "prorata_posting":
            basis = account.held()
        else:
            start = dt.date.fromisoformat(e["since"]).toordinal() if e.get("since") else account.since
            basis = {}
            for each in range(start if start is not None else day(e), day(e)):
                known = [d for d in account.closings if d <= each]
                if known:
                    added(basis, account.closings[max(known)])
                else:
                    added(basis, account.opened)
            account.since = day(e)
        return part_of(e["amount"], basis) if sum(basis.values()) else {"C": e["amount"]}

    def restored(self, e, account, labels):
        held = account.held()
        short = {n: max(0, x - held.get(n, 0)) for n, x in account.came.items() if n not in OTHER}
        other = {n: x for n, x in labels.items() if n in OTHER and x}
        m = min(sum(other.values()), sum(short.values()))
        if not m:
            return [labels]
        rest = minus(labels, shares(m, sorted(other.items())))
        back = shares(m, sorted((n, x) for n, x in short.items() if x))
        size = sum(rest.values())
        pays = min(account.debt, size)
        if not pays:
            return [back, rest]
        # a debt is repaid from the rest first, as a mixed credit repays one
        p, stays = dirty(rest), size - pays
        clean = self.options["mixed_repay"] == "clean_first"
        kept = composed(stays, p - max(0, pays - (size - p)) if clean else half_up(stays, p, size), rest)
        return [minus(rest, kept), back, kept]

    def run(self, replaced=None):
        """Post every event; return target -> label -> amount, zeros left out. `replaced`: credit -> its sub-lots."""
        replaced = replaced or {}
        if self.options["r7"] and not replaced:
            return self.linked()
        events = self.events()
        made = self.links(events) if self.options["specific_id"] else []
        label = self.case["proceeds"][0]
        by_id = {e["id"]: e for e in self.case["events"]}
        backed = {e["of"] for e in events if e["type"] == "reversal"}
        for account in self.accounts.values():
            account.opened = account.held()
        for e in events:
            kind = e["type"]
            if kind == "transfer" and e.get("link") == "cash" and self.options["cash_link"] == "refused":
                kind, e = "credit", {"id": e["id"], "account": e["to"], "amount": e["amount"], "labels": {"U": e["amount"]}, "date": e.get("date")}  # fmt: skip
            touched = [e.get("account") or e.get("from"), e.get("to")]
            homes = [self.group.get(name, name) for name in touched if name]
            account = self.accounts[homes[0]]
            if account.since is None:
                account.since = day(e)
            if kind in ("credit", "interest"):
                labels = {}
                for n, x in e.get("labels", {}).items() if kind == "credit" else self.interest(e, account).items():
                    added(labels, {self.read(n, label): x})
                if e["id"] in replaced:
                    self.enter(account, replaced[e["id"]])
                elif e["id"] in self.options["restoration"]:
                    self.enter(account, self.restored(e, account, labels))
                else:
                    self.credit(e, account, labels, made)
            elif kind == "debit":
                bundle = self.debit(e, account, made)
                self.drawn[e["id"]] = bundle
                if e["id"] in backed:
                    self.under_way[e["id"]] = (bundle, e["amount"], account)
                else:
                    for labels in bundle:
                        self.to(f"sink:{e['sink']}", labels)
            elif kind == "transfer":
                if len(homes) == 2 and homes[0] == homes[1]:
                    continue
                bundle = self.debit(e, account, made)
                if e.get("in_transit"):
                    self.under_way[e["id"]] = (bundle, e["amount"], account)
                else:
                    to = self.accounts[homes[1]]
                    if to.since is None:
                        to.since = day(e)
                    self.arrive(to, bundle, e.get("credited", e["amount"]), account)
            elif kind == "arrival":
                bundle, sent, origin = self.under_way.pop(e["of"])
                self.arrive(account, bundle, by_id[e["of"]].get("credited", sent), origin)
            elif kind == "reversal":
                bundle, sent, origin = self.under_way.pop(e["of"])
                self.arrive(account, bundle, e["amount"], origin, f"sink:{by_id[e['of']]['sink']}")
            for name in homes:
                if day(e) is not None:
                    self.accounts[name].closings[day(e)] = self.accounts[name].held()
        for name, (bundle, *_) in self.under_way.items():
            for labels in bundle:
                self.to(f"transit:{name}", labels)
        for name, account in self.accounts.items():
            self.to(f"bal:{name}", account.held())
        return self.shown()

    def credit(self, e, account, labels, made):
        """One lot; what is held apart for a later debit leaves it in proportion when it posts."""
        mine = [(d, m) for c, d, m in made if c == e["id"]]
        for d, m in mine:
            got = part_of(m, labels)
            labels = minus(labels, got)
            self.apart.setdefault(d, []).append(got)
        self.enter(account, [labels])

    def debit(self, e, account, made):
        first = self.apart.pop(e["id"], [])
        left = e["amount"] - sum(sum(labels.values()) for labels in first)
        clean = self.options["fee"] == "clean_first" and e.get("sink_type") == "FEE"
        return first + (self.draw(account, left, clean) if left else [])

    def shown(self):
        kept = {t: {n: x for n, x in labels.items() if x} for t, labels in self.targets.items()}
        return {t: labels for t, labels in kept.items() if labels}

    def linked(self):
        """R7: each link in the order of its credit; what the payment gains and loses, and how the credit is posted."""
        place = {e["id"]: k for k, e in enumerate(self.case["events"])}
        by_id = {e["id"]: e for e in self.case["events"]}
        plain = {**self.options, "r7": []}
        replaced, gained = {}, []
        for link in sorted(self.options["r7"], key=lambda one: place[one["credit"]]):
            run = Engine(self.case, self.rule, plain)
            run.run(dict(replaced))
            drawn = {}
            for labels in run.drawn[link["payment"]]:
                added(drawn, labels)
            other = {n: drawn.get(n, 0) for n in OTHER}
            for payment, _, loss in gained:
                if payment == link["payment"]:
                    other = minus(other, loss)
            own = by_id[link["credit"]]["labels"]
            bad = {n: x for n, x in own.items() if n not in OTHER}
            m = min(sum(bad.values()), sum(other.values()))
            gain = shares(m, sorted(bad.items())) if m else {}
            loss, left = {}, m
            for n in ("K", "U", "C"):
                loss[n] = min(left, other[n])
                left -= loss[n]
            replaced[link["credit"]] = [{"C": m}, minus(own, gain)]
            gained.append((link["payment"], gain, loss))
        last = Engine(self.case, self.rule, plain)
        last.run(replaced)
        for payment, gain, loss in gained:
            last.to(f"sink:{by_id[payment]['sink']}", minus(dict(gain), {}))
            last.to(f"sink:{by_id[payment]['sink']}", {n: -x for n, x in loss.items()})
        return last.shown()


def trace(case, rule, options=None):
    """Return target -> label -> cents under one rule and one set of options."""
    return Engine(case, rule, options).run()
