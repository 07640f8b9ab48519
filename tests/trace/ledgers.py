"""Small ledgers for the tests: rows in posting order, their columns, and a strategy that makes random ones."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from tracer.trace import Entries


@dataclass
class Opening:
    lots: list = field(default_factory=list)
    debt: int = 0
    currency: str = "USD"


@dataclass
class Row:
    """credit (labels), pay (sink), send (id; a sink for what does not arrive), arrival (of)."""

    kind: str
    account: str
    amount: int
    labels: dict = field(default_factory=dict)
    sink: str = ""
    id: str = ""
    of: str = ""


@dataclass
class Ledger:
    accounts: dict
    rows: list
    proceeds: tuple = ("T",)

    def entries(self) -> Entries:
        names = list(self.accounts)
        opened = [(names.index(a), lot) for a, opening in self.accounts.items() for lot in opening.lots]
        labels = sorted({"C", "U", "K", *self.proceeds})
        sent = {row.id: len(opened) + k for k, row in enumerate(self.rows) if row.kind == "send"}
        arrived = {row.of: len(opened) + k for k, row in enumerate(self.rows) if row.kind == "arrival"}
        sinks: dict[str, int] = {}
        n = len(opened) + len(self.rows)
        account, amount, credit = np.zeros(n, np.int32), np.zeros(n, np.int64), np.zeros(n, np.bool_)
        partner, sink, opening = np.full(n, -1, np.int64), np.full(n, -1, np.int32), np.zeros(n, np.bool_)
        origin = np.zeros((n, len(labels)), np.int64)
        for k, (a, lot) in enumerate(opened):
            account[k], amount[k], credit[k], opening[k] = a, sum(lot.values()), True, True
            for name, x in lot.items():
                origin[k, labels.index(name)] = x
        for k, row in enumerate(self.rows, start=len(opened)):
            account[k], amount[k] = names.index(row.account), row.amount
            if row.kind == "credit":
                credit[k] = True
                for name, x in row.labels.items():
                    origin[k, labels.index(name)] = x
            elif row.kind == "arrival":
                credit[k], partner[k] = True, sent[row.of]
            elif row.kind == "send":
                if row.id in arrived:
                    partner[k] = arrived[row.id]
                target = row.sink if row.id in arrived else f"transit:{row.id}"
                if target:
                    sink[k] = sinks.setdefault(target, len(sinks))
            else:
                sink[k] = sinks.setdefault(row.sink, len(sinks))
        return Entries(
            account=account,
            amount=amount,
            credit=credit,
            partner=partner,
            sink=sink,
            origin=origin,
            opening=opening,
            day=np.full(n, -1, np.int32),
            block=np.full(n, -1, np.int32),
            debt=np.array([o.debt for o in self.accounts.values()], np.int64),
            accounts=tuple(names),
            currencies=tuple(o.currency for o in self.accounts.values()),
            sinks=tuple(sinks),
            labels=tuple(labels),
            proceeds=np.array([name in self.proceeds for name in labels], np.bool_),
        )


PROCEEDS = ("A", "T", "w1")  # "A" sorts before C, K and U: columns must be permuted


@st.composite
def compositions(draw, *, most=2000):
    names = draw(st.lists(st.sampled_from(("C", "U", "K", *PROCEEDS)), min_size=1, max_size=4, unique=True))
    return {name: draw(st.integers(1, most)) for name in names}


@st.composite
def ledgers(draw, *, most=2000, conversions=True):
    """Several accounts, mixed credits, overdrafts, transfers at once or in transit, charges, returns, conversions."""
    accounts = {}
    for name in "XYZ"[: draw(st.integers(1, 3))]:
        currency = draw(st.sampled_from(("USD", "EUR"))) if conversions else "USD"
        if draw(st.booleans()):
            accounts[name] = Opening(draw(st.lists(compositions(most=most), max_size=3)), 0, currency)
        else:
            accounts[name] = Opening([], draw(st.integers(0, most)), currency)
    rows, under_way = [], []
    for k in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(("credit", "credit", "pay", "send", "send", "arrival", "back")))
        a = draw(st.sampled_from(sorted(accounts)))
        amount = draw(st.integers(1, 2 * most))
        if kind == "credit":
            labels = draw(compositions(most=most))
            rows.append(Row("credit", a, sum(labels.values()), labels))
        elif kind == "pay":
            rows.append(Row("pay", a, amount, sink=f"sink:{accounts[a].currency}{draw(st.integers(1, 2))}"))
        elif kind == "back":
            row = Row("send", a, amount, sink=f"sink:{accounts[a].currency}1", id=f"t{k}")
            rows.append(row)
            back = draw(st.integers(1, amount))
            if back == amount:
                row.sink = ""
            rows.append(Row("arrival", a, back, of=row.id))
        elif kind == "send":
            row = Row("send", a, amount, id=f"t{k}")
            rows.append(row)
            under_way.append((row, a))
            if draw(st.booleans()):
                arrive(draw, accounts, rows, under_way, most)
        elif under_way:
            arrive(draw, accounts, rows, under_way, most)
    return Ledger(accounts, rows, PROCEEDS)


def arrive(draw, accounts, rows, under_way, most):
    row, origin = under_way.pop(draw(st.integers(0, len(under_way) - 1)))
    b = draw(st.sampled_from(sorted(accounts)))
    if accounts[b].currency != accounts[origin].currency:
        got = draw(st.integers(1, 3 * most))
    else:
        got = draw(st.one_of(st.just(row.amount), st.integers(1, row.amount)))
    rows.append(Row("arrival", b, got, of=row.id))
