"""Random cases in the form of tracing_cases.json, one per seed: the same seed, the same case, on every machine.

Each case has a theme, so that what is rare alone is frequent somewhere: credits of pure labels, two labels only, a deep
overdraft, conversions, charges and returns, interest and fees, own transfers round and round on one day, amounts near
int64, many labels, and each election. `options` goes with the case; `smaller` yields simpler cases, for a failure.
"""

from __future__ import annotations

import copy
import datetime as dt
import random

START = dt.date(2024, 1, 2)
LABELS = ("A", "T", "b", "w1", "w2")  # "A" sorts before C, K and U: in code-point order proceeds do not come last
SCALES = (3, 12, 300, 5_000, 10**7, 3 * 10**9, 10**13)
THEMES = (
    "plain",
    "plain",
    "pure",
    "pair",
    "overdraft",
    "labels",
    "fx",
    "charges",
    "returns",
    "bounced",
    "interest",
    "daily",
    "fees",
    "circle",
    "large",
    "transit",
    "subrule",
    "cash",
    "unknown",
    "available",
    "group",
    "roundtrip",
    "specific",
    "restoration",
    "backward",
)


class Story:
    """A case while it is made."""

    def __init__(self, seed: int, length: int | None = None, theme: str | None = None) -> None:
        self.draw = draw = random.Random(seed)
        self.theme = theme or draw.choice(THEMES)
        self.scale = draw.choice(SCALES)
        self.length = length or draw.choice((1, 2, 3, 5, 8, 8, 13, 13, 20, 30))
        if self.theme == "large":
            self.scale = 2**62 // (5 * (self.length + 20))  # a credit has five labels at most
        self.options: dict = {}
        self.events: list[dict] = []
        self.accounts: dict[str, dict] = {}
        one = self.theme in ("pair", "unknown", "pure") or draw.random() < 0.4
        self.proceeds = (
            ("T",) if one else tuple(sorted(draw.sample(LABELS, draw.randint(1, 4 if self.theme == "labels" else 3))))
        )
        self.other = (
            ("K",) if self.theme == "pair" else ("C", "U", "K") if self.theme == "labels" else ("C", "U", "C", "C")
        )
        self.day = START
        self.under_way: list[dict] = []
        self.open()

    def amount(self) -> int:
        return self.draw.randint(1, self.scale)

    def open(self) -> None:
        names = "ABCD"[: self.draw.randint(1, 4)]
        if self.theme in ("circle", "group", "roundtrip", "transit", "fx", "charges", "cash"):
            names = "ABCD"[: self.draw.randint(2, 4)]
        if self.theme == "specific":
            names = "AB"
        self.balance: dict[str, int] = {}
        for name in names:
            raw: dict = {}
            kind = self.draw.random()
            if kind < 0.35:
                raw["opening"] = [[self.label(), self.amount()] for _ in range(self.draw.randint(1, 3))]
            elif kind < (0.8 if self.theme == "overdraft" else 0.5) and self.theme != "group":
                raw["debt"] = self.amount()
            if self.theme == "fx":
                raw["currency"] = self.draw.choice(("USD", "EUR", "EUR", "CNY"))
            self.accounts[name] = raw
            self.balance[name] = sum(x for _, x in raw.get("opening", [])) - raw.get("debt", 0)
        if self.theme == "cash":
            self.accounts["CASH"] = {"kind": "cash"}
            self.balance["CASH"] = 0

    def label(self) -> str:
        return self.draw.choice(self.proceeds if self.draw.random() < 0.5 else self.other)

    def currency(self, name: str) -> str:
        return self.accounts[name].get("currency", "XXX")

    def add(self, kind: str, **more) -> dict:
        if self.draw.random() < (0.15 if self.theme == "circle" else 0.6):
            self.day += dt.timedelta(days=self.draw.choice((1, 1, 1, 2, 30)))
        event = {"id": f"e{len(self.events) + 1}", "type": kind, "date": self.day.isoformat(), **more}
        self.events.append(event)
        return event

    def spend(self, name: str) -> int:
        """An amount to spend: now and then all, one unit less or more than all, or what is not there."""
        held, chance = self.balance[name], self.draw.random()
        if held > 1 and chance < 0.12:
            return held
        if held > 1 and chance < 0.2:
            return held + self.draw.choice((-1, 1))
        if held > 0 and chance < 0.8:
            return self.draw.randint(1, held)
        return self.amount() if self.theme != "overdraft" else 2 * self.amount()

    def credit(self, name: str) -> dict:
        if self.theme == "pure" or self.draw.random() < 0.4:
            labels = {self.label(): self.amount()}
        elif self.theme == "pair":
            labels = {"K": self.amount(), "T": self.amount()}
        else:
            among = sorted({*self.proceeds, *self.other})
            labels = {n: self.amount() for n in self.draw.sample(among, self.draw.randint(1, min(5, len(among))))}
        total = sum(labels.values())
        self.balance[name] += total
        return self.add("credit", account=name, amount=total, labels=labels)

    def debit(self, name: str) -> dict:
        w = self.spend(name)
        self.balance[name] -= w
        sink = f"{self.currency(name)}{self.draw.randint(1, 3)}"
        more = {"sink_type": "FEE"} if self.theme == "fees" and self.draw.random() < 0.5 else {}
        return self.add("debit", account=name, amount=w, sink=sink, **more)

    def transfer(self, name: str, to: str) -> dict:
        w = self.spend(name)
        more: dict = {}
        same = self.currency(name) == self.currency(to)
        if not same:
            more = {"credited": self.draw.choice((w, self.amount(), max(1, w * 23 // 25)))}
            more["credited_currency"] = self.currency(to)
        elif self.theme in ("charges", "fx", "labels") and self.draw.random() < 0.6:
            more = {"credited": self.draw.choice((self.draw.randint(1, w), max(1, w - 1), w))}
        if self.theme in ("transit", "charges", "fx", "pure", "pair") and self.draw.random() < 0.5:
            more["in_transit"] = True
        self.balance[name] -= w
        event = self.add("transfer", **{"from": name, "to": to}, amount=w, **more)
        if more.get("in_transit"):
            self.under_way.append(event)
        else:
            self.balance[to] += event.get("credited", w)
        return event

    def arrival(self) -> None:
        sent = self.under_way.pop(self.draw.randrange(len(self.under_way)))
        self.balance[sent["to"]] += sent.get("credited", sent["amount"])
        self.add("arrival", account=sent["to"], of=sent["id"])

    def interest(self, name: str) -> None:
        x = 1 + self.amount() // 20
        self.balance[name] += x
        more = {}
        if self.theme == "daily" and self.draw.random() < 0.3:
            more["since"] = (self.day - dt.timedelta(days=self.draw.randint(0, 40))).isoformat()
        self.add("interest", account=name, amount=x, **more)

    def back(self) -> None:
        """A payment that comes back: whole, in part, or (a transfer) both legs void."""
        gone = {e["of"] for e in self.events if "of" in e}
        sent = [e for e in self.events if e["type"] == "debit" and e["id"] not in gone]
        if self.options.get("reversal") != "new_credit_tail":
            sent += [
                e for e in self.events if e["type"] == "transfer" and e["id"] not in gone and not e.get("in_transit")
            ]
        if not sent:
            return
        out = self.draw.choice(sent)
        whole = out["type"] == "transfer" or self.draw.random() < 0.5
        x = out["amount"] if whole else self.draw.randint(1, out["amount"])
        home = out.get("account") or out["from"]
        self.balance[home] += x
        self.add("reversal", account=home, amount=x, of=out["id"])

    def bounce(self) -> None:
        gone = {e["of"] for e in self.events if "of" in e}
        paid = [e for e in self.events if e["type"] == "credit" and e["id"] not in gone]
        if paid:
            out = self.draw.choice(paid)
            self.balance[out["account"]] -= out["amount"]
            self.add("returned", account=out["account"], amount=out["amount"], of=out["id"])

    def cash(self) -> None:
        name = self.draw.choice([n for n in self.accounts if n != "CASH"])
        if self.balance["CASH"] > 0 and self.draw.random() < 0.5:
            w = self.draw.randint(1, self.balance["CASH"])
            self.balance["CASH"] -= w
            self.balance[name] += w
            self.add("transfer", **{"from": "CASH", "to": name}, amount=w, link="cash")
        else:
            self.transfer(name, "CASH")

    def step(self) -> None:
        name = self.draw.choice([n for n in self.accounts if n != "CASH"])
        others = [n for n in self.accounts if n not in (name, "CASH")]
        chance = self.draw.random()
        if self.theme in ("interest", "daily") and chance < 0.25:
            return self.interest(name)
        if chance < {"returns": 0.3, "fees": 0.15}.get(self.theme, 0):
            return self.back()
        if self.theme == "bounced" and chance < 0.25:
            return self.bounce()
        if self.theme == "cash" and chance < 0.35:
            return self.cash()
        if self.under_way and chance < 0.3:
            return self.arrival()
        moves = 0.65 if self.theme in ("circle", "roundtrip", "group", "fx", "transit", "charges") else 0.35
        chance = self.draw.random()
        if others and chance < moves:
            back = self.events[-1] if self.events and self.theme in ("circle", "roundtrip") else {}
            if back.get("type") == "transfer" and self.draw.random() < 0.6:
                name, to = back["to"], back["from"] if self.theme == "roundtrip" else self.draw.choice([n for n in self.accounts if n != back["to"]])  # fmt: skip
                self.transfer(name, to)
            else:
                self.transfer(name, self.draw.choice(others))
        elif chance < moves + (1 - moves) * 0.55:
            self.credit(name)
        else:
            self.debit(name)
        return None

    def elect(self) -> None:
        """What is elected after the events are known."""
        draw, options = self.draw, self.options
        if draw.random() < 0.35:
            options["bundle"] = "blended"
        if draw.random() < 0.3:
            options["mixed_repay"] = "clean_first"
        if self.theme == "subrule" or draw.random() < 0.15:
            options["proceeds_subrule"] = "fifo"
        if self.theme == "interest" and draw.random() < 0.5:
            options["interest"] = draw.choice(("clean", "proceeds") if len(self.proceeds) == 1 else ("clean",))
        elif self.theme == "daily":
            options["interest"] = "prorata_daily"
        elif self.theme == "fees":
            options["fee"] = draw.choice(("clean_first", "clean_first", "rule"))
        elif self.theme == "cash":
            options["cash_link"] = draw.choice(("accepted", "refused"))
        elif self.theme == "unknown":
            options["unknown_as"] = "proceeds"
        elif self.theme == "roundtrip":
            options["net_roundtrips"] = True
        elif self.theme == "group":
            names = draw.sample(sorted(self.accounts), 2)
            options["group"] = {"G": sorted(names)}
        elif self.theme == "available":
            options["available"] = True
            for e in self.events:
                if e["type"] == "credit" and draw.random() < 0.4:
                    later = dt.date.fromisoformat(e["date"]) + dt.timedelta(days=draw.randint(0, 6))
                    e["available"] = later.isoformat()
        elif self.theme in ("specific", "restoration", "backward"):
            self.elect_events()

    def elect_events(self) -> None:
        draw = self.draw
        paid_in = [e for e in self.events if e["type"] == "credit"]
        if not paid_in:
            return
        place = {e["id"]: k for k, e in enumerate(self.events)}
        if self.theme == "restoration":
            chosen = draw.sample(paid_in, min(len(paid_in), draw.randint(1, 2)))
            self.options["restoration"] = sorted((e["id"] for e in chosen), key=place.__getitem__)
            return
        links = []
        for credit in draw.sample(paid_in, min(len(paid_in), 2)):
            if self.theme == "specific":
                found = [
                    e
                    for e in self.events[place[credit["id"]] :]
                    if e["type"] in ("debit", "transfer") and (e.get("account") or e["from"]) == credit["account"]
                ]
                links += [{"credit": credit["id"], "debit": draw.choice(found)["id"]}] if found else []
            else:
                found = [e for e in self.events[: place[credit["id"]]] if e["type"] == "debit"]
                dirty = any(n in self.proceeds for n in credit["labels"])
                if found and dirty:
                    links.append({"credit": credit["id"], "payment": draw.choice(found)["id"], "evidence": ["X1"]})
        if links:
            self.options["specific_id" if self.theme == "specific" else "r7"] = links

    def told(self) -> tuple[dict, dict]:
        if self.theme in ("returns", "fees") and self.draw.random() < 0.5:
            self.options["reversal"] = "new_credit_tail"
        while len(self.events) < self.length:
            before = len(self.events)
            self.step()
            if len(self.events) == before:
                self.credit(self.draw.choice([n for n in self.accounts if n != "CASH"]))
        self.elect()
        case = {
            "id": f"S-{self.theme}",
            "kind": "random",
            "accounts": self.accounts,
            "events": self.events,
            "proceeds": list(self.proceeds),
            "expected": {},
        }
        return case, self.options


def story(seed: int, length: int | None = None, theme: str | None = None) -> tuple[dict, dict]:
    """Return (case, options) of a seed."""
    return Story(seed, length, theme).told()


def rings(seed: int, length: int | None = None) -> tuple[dict, dict]:
    """Many small credits of changing labels in two or three accounts; now and then nearly all of one is paid or sent on.

    For the lots of an account that grow many and few again, and for money that is under way while others move.
    """
    draw = random.Random(seed)
    names = "ABC"[: draw.randint(2, 3)]
    accounts: dict[str, dict] = {name: {"debt": draw.randint(1, 30)} if draw.random() < 0.3 else {} for name in names}
    balance = {name: -accounts[name].get("debt", 0) for name in names}
    events: list[dict] = []
    waiting: list[dict] = []
    for k in range(length or draw.choice((40, 90, 150))):
        name, chance = draw.choice(names), draw.random()
        event: dict = {"id": f"e{k + 1}", "date": START.isoformat()}
        held = balance[name]
        some = max(1, draw.choice((held, held - draw.randint(0, 9), held + 1, held // 2, draw.randint(1, 9))))
        if waiting and chance < 0.08:
            sent = waiting.pop(draw.randrange(len(waiting)))
            event |= {"type": "arrival", "account": sent["to"], "of": sent["id"]}
            balance[sent["to"]] += sent["amount"]
        elif chance < 0.16:
            to = draw.choice([other for other in names if other != name])
            event |= {"type": "transfer", "from": name, "to": to, "amount": some}
            balance[name] -= some
            if draw.random() < 0.5:
                event["in_transit"] = True
                waiting.append(event)
            else:
                balance[to] += some
        elif chance < 0.26:
            event |= {"type": "debit", "account": name, "amount": some, "sink": f"S{draw.randint(1, 2)}"}
            balance[name] -= some
        else:
            amount, label = draw.randint(1, 9), draw.choice(("C", "U", "K", "T", "w1"))
            event |= {"type": "credit", "account": name, "amount": amount, "labels": {label: amount}}
            balance[name] += amount
        events.append(event)
    case = {"id": "S-rings", "kind": "random", "accounts": accounts, "events": events, "proceeds": ["T", "w1"]}
    return case | {"expected": {}}, {"mixed_repay": "clean_first"} if draw.random() < 0.3 else {}


def smaller(case: dict, options: dict):
    """Yield (case, options) with one event or one option fewer, later ones first."""
    for k in reversed(range(len(case["events"]))):
        gone = {case["events"][k]["id"]}
        less = copy.deepcopy(case)
        less["events"] = [e for e in less["events"] if e["id"] not in gone and e.get("of") not in gone]
        kept = {e["id"] for e in less["events"]}
        fewer = copy.deepcopy(options)
        for name in ("specific_id", "r7"):
            fewer[name] = [x for x in fewer.get(name, []) if {v for v in x.values() if isinstance(v, str)} <= kept]
        fewer["restoration"] = [x for x in fewer.get("restoration", []) if x in kept]
        yield less, {name: value for name, value in fewer.items() if value}
    for name in options:
        yield case, {other: value for other, value in options.items() if other != name}
    for name, raw in case["accounts"].items():
        for key in ("opening", "debt"):
            if raw.get(key):
                less = copy.deepcopy(case)
                del less["accounts"][name][key]
                yield less, options
