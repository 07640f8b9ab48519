"""Acceptance cases as entries, for the bounds: a second reader, short, independent of the one that ships."""

from datetime import date

import numpy as np

from tracer.trace.entries import Entries


def told(rows, accounts, proceeds, *, labels=None, **more):
    """Make entries of dicts: account, amount, credit, and sink, partner, origin, opening, day, block, follows, source.

    `accounts`: name -> {currency?, debt?, facility?}.
    """
    names = list(accounts)
    sinks = list(dict.fromkeys(r["sink"] for r in rows if r.get("sink")))
    used = {name for r in rows for name in r.get("origin", {})} | set(proceeds) | set(labels or ()) | {"C", "K", "U"}
    columns = sorted(used)
    n = len(rows)
    origin = np.zeros((n, len(columns)), np.int64)
    for i, r in enumerate(rows):
        for name, amount in r.get("origin", {}).items():
            origin[i, columns.index(name)] += amount
    facility = [accounts[a].get("facility", -1) for a in names]
    entries = Entries(
        account=np.array([names.index(r["account"]) for r in rows], np.int32),
        amount=np.array([r["amount"] for r in rows], np.int64),
        credit=np.array([r["credit"] for r in rows], np.bool_),
        partner=np.array([r.get("partner", -1) for r in rows], np.int64),
        sink=np.array([sinks.index(r["sink"]) if r.get("sink") else -1 for r in rows], np.int32),
        origin=origin,
        opening=np.array([r.get("opening", False) for r in rows], np.bool_),
        day=np.array([r.get("day", -1) for r in rows], np.int32),
        block=np.array([r.get("block", -1) for r in rows], np.int32),
        debt=np.array([accounts[a].get("debt", 0) for a in names], np.int64),
        accounts=tuple(names),
        currencies=tuple(accounts[a].get("currency", "XXX") for a in names),
        sinks=tuple(sinks),
        labels=tuple(columns),
        proceeds=np.array([name in proceeds for name in columns], np.bool_),
        source=tuple(str(r.get("source", i)) for i, r in enumerate(rows)),
        facility=np.array(facility, np.int64) if any(f >= 0 for f in facility) else None,
        follows=np.array([r.get("follows", False) for r in rows], np.bool_),
        **more,
    )
    entries.validate()
    return entries


def case_entries(case, order=None):
    """Read one ledger case: reversals and returned deposits are void, interest follows the composition."""
    events = {e["id"]: e for e in case["events"]}
    gone = {e["of"] for e in events.values() if e["type"] in ("reversal", "returned")}
    listed = [e for e in events.values() if e["id"] not in gone and e["type"] not in ("reversal", "returned")]
    if order:
        place = {name: i for i, name in enumerate(order)}
        inside = sorted((e for e in listed if e["id"] in place), key=lambda e: place[e["id"]])
        turn = iter(inside)
        listed = [next(turn) if e["id"] in place else e for e in listed]
    blocks = {name: i for i, name in enumerate(sorted({e["block"] for e in listed if "block" in e}))}
    rows, sent = [], {}
    for name, account in case["accounts"].items():
        for label, amount in account.get("opening", []):
            rows.append({"account": name, "amount": amount, "credit": True, "opening": True, "origin": {label: amount}})
    for e in listed:
        seen = {"source": e["id"], "day": (date.fromisoformat(e["date"]) - date(1970, 1, 1)).days}
        if "block" in e and not order:
            seen["block"] = blocks[e["block"]]
        if e["type"] in ("credit", "interest"):
            told_origin = {"origin": e["labels"]} if e["type"] == "credit" else {"follows": True}
            rows.append(seen | told_origin | {"account": e["account"], "amount": e["amount"], "credit": True})
        elif e["type"] == "debit":
            rows.append(
                seen | {"account": e["account"], "amount": e["amount"], "credit": False, "sink": f"sink:{e['sink']}"}
            )
        elif e["type"] in ("transfer", "arrival"):
            start = events[e["of"]] if e["type"] == "arrival" else e
            if e["type"] == "transfer":
                sent[e["id"]] = len(rows)
                rows.append(
                    seen
                    | {
                        "account": e["from"],
                        "amount": e["amount"],
                        "credit": False,
                        "sink": f"transit:{e['id']}" if e.get("in_transit") else "",
                    }
                )
            if e["type"] == "arrival" or not e.get("in_transit"):
                leg = sent[start["id"]]
                rows[leg] |= {"partner": len(rows), "sink": ""}
                got = start.get("credited", start["amount"])
                rows.append(seen | {"account": start["to"], "amount": got, "credit": True, "partner": leg})
        else:
            raise AssertionError(e["type"])
    return told(rows, case["accounts"], case["proceeds"])
