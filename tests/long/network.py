"""Floor and ceiling a second time: the network of tracing.md 5.1 from the list of events, flows by shortest augmenting paths.

Python integers, dicts, breadth first: slow and short. Nothing of `tracer.trace.bounds` is used. Not for conversions, whose
arcs are scaled by a rate (5.6), nor for elections that restate an event under a rule.
"""

from __future__ import annotations

from collections import deque

from tests.long.engine import OTHER, Engine


class Network:
    """Arcs as [head, room, twin]; every source is a node of its own, so that a flow may begin at any set of them."""

    def __init__(self, case, options):
        self.out, self.sources, self.ends = [], [], {}  # sources: (node, "proceeds" | "other" | "doubt", amount)
        told = Engine(case, "libr", options)
        label = case["proceeds"][0]
        at, balance, sent = {}, {}, {}
        self.recorded = {}
        several = told.several
        events = told.events()
        by_id = {e["id"]: e for e in case["events"]}
        backed = {e["of"] for e in events if e["type"] == "reversal"}

        def suffix(name):
            return f":{told.accounts[name].currency}" if several else ""

        def step(name, after, balance_after=None):
            """The next node of an account, what was held being carried there."""
            node = self.node()
            if name in at:
                self.arc(at[name], node, max(0, balance[name]))
            at[name], balance[name] = node, after
            return node

        for name, account in told.accounts.items():
            balance[name] = account.balance()
            node = at[name] = self.node()
            for lot in account.lots:
                self.feed(node, lot.labels)

        def credit(name, x, feed):
            before = balance[name]
            node = step(name, before + x)
            feed(node)
            repaid = min(max(0, -before), x)
            if repaid:
                self.end(node, f"sink:OVERDRAFT{suffix(name)}", repaid)

        def debit(name, x):
            before = balance[name]
            node = step(name, before - x)
            over = x - min(x, max(0, before))
            if over:
                self.sources.append((node, "other", over))
            return node

        def arriving(name, x, of, rest_to):
            middle, amount, _ = sent.pop(of)
            credit(name, x, lambda node: self.arc(middle, node, x))
            if x < amount:
                self.end(middle, rest_to, amount - x)

        for e in events:
            kind = e["type"]
            if kind == "transfer" and e.get("link") == "cash" and told.options["cash_link"] == "refused":
                kind, e = "credit", {"account": e["to"], "amount": e["amount"], "labels": {"U": e["amount"]}}
            names = [told.group.get(n, n) for n in (e.get("account") or e.get("from"), e.get("to")) if n]
            if kind in ("credit", "interest"):
                labels = {}
                if kind == "credit":
                    for n, x in e["labels"].items():
                        labels[told.read(n, label)] = labels.get(told.read(n, label), 0) + x
                elif told.options["interest"] in ("clean", "proceeds"):
                    labels = {"C" if told.options["interest"] == "clean" else label: e["amount"]}
                doubt = e["amount"] if not labels else 0
                credit(
                    names[0],
                    e["amount"],
                    lambda node, labels=labels, doubt=doubt: (
                        self.feed(node, labels) or (doubt and self.sources.append((node, "doubt", doubt)))
                    ),
                )
            elif kind == "debit":
                node = debit(names[0], e["amount"])
                if e["id"] in backed:
                    middle = self.node()
                    self.arc(node, middle, e["amount"])
                    sent[e["id"]] = middle, e["amount"], names[0]
                else:
                    self.end(node, f"sink:{e['sink']}", e["amount"])
            elif kind == "transfer" and not (len(names) == 2 and names[0] == names[1]):
                node, middle = debit(names[0], e["amount"]), self.node()
                self.arc(node, middle, e["amount"])
                sent[e["id"]] = middle, e["amount"], names[0]
                if not e.get("in_transit"):
                    arriving(names[1], e.get("credited", e["amount"]), e["id"], f"sink:TRANSIT_FEE{suffix(names[0])}")
            elif kind == "arrival":
                x = by_id[e["of"]].get("credited", by_id[e["of"]]["amount"])
                arriving(names[0], x, e["of"], f"sink:TRANSIT_FEE{suffix(sent[e['of']][2])}")
            elif kind == "reversal":
                arriving(names[0], e["amount"], e["of"], f"sink:{by_id[e['of']]['sink']}")
        for name, (middle, amount, _) in sent.items():
            self.end(middle, f"transit:{name}", amount)
        for name, node in at.items():
            self.end(node, f"bal:{name}", max(0, balance[name]))

    def node(self):
        self.out.append([])
        return len(self.out) - 1

    def arc(self, tail, head, room):
        self.out[tail].append([head, room, len(self.out[head])])
        self.out[head].append([tail, 0, len(self.out[tail]) - 1])

    def feed(self, node, labels):
        for name, x in labels.items():
            if x:
                self.sources.append((node, "other" if name in OTHER else "proceeds", x))

    def end(self, node, target, room):
        if room:
            self.ends.setdefault(target, []).append((node, room))
            self.recorded[target] = self.recorded.get(target, 0) + room

    def flow(self, kinds, targets):
        """The greatest flow from the sources of these kinds into the targets."""
        kept = [[list(arc) for arc in arcs] for arcs in self.out]
        start, end = self.node(), self.node()
        for node, kind, x in self.sources:
            if kind in kinds:
                self.arc(start, node, x)
        for target in targets:
            for node, x in self.ends.get(target, ()):
                self.arc(node, end, x)
        total = 0
        while True:
            came = {start: None}
            queue = deque([start])
            while queue and end not in came:
                node = queue.popleft()
                for arc in self.out[node]:
                    if arc[1] and arc[0] not in came:
                        came[arc[0]] = (node, arc)
                        queue.append(arc[0])
            if end not in came:
                break
            path, node = [], end
            while came[node]:
                node, arc = came[node]
                path.append(arc)
            room = min(arc[1] for arc in path)
            for arc in path:
                arc[1] -= room
                self.out[arc[0]][arc[2]][1] += room
            total += room
        self.out = kept
        return total

    def bounds(self, targets):
        """(floor, ceiling) of the proceeds in a set of targets."""
        recorded = sum(self.recorded.get(t, 0) for t in targets)
        return recorded - self.flow(("other", "doubt"), targets), self.flow(("proceeds", "doubt"), targets)
