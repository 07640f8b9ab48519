"""Results as rows of a graph: what one run concluded, tied to the facts it is about.

A *run* is one state of the conclusions of a case: traced amounts per rule, floors and ceilings, verdicts per law, grades of
US institutions, gaps. Its id is the hash of its own rows, so the same figures have the same id and other figures never share
one. Both graphs hold the same rows: Neo4j as nodes that can be forgotten run by run (`neo4j_results.py`), the embedded graph
as tables beside the ledger, made from the dossier when somebody asks.

Nothing here computes an amount: each figure is one field of the dossier (design.md section 1, rule 3). Amounts are minor
units; a rule that was not asked for is null.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tracer.model import RULE_NAMES, AccountTrace, Bounds, Dossier, Money
from tracer.model.parted import is_hub
from tracer.model.targets import asset_of

__all__ = ["RESULTS", "Results", "results_of"]

_RULES = tuple(RULE_NAMES)


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field("id", pa.string(), nullable=False), *(pa.field(*column) for column in columns)])


_TEXT, _INT, _DAY, _BOOL = pa.string(), pa.int64(), pa.date32(), pa.bool_()
_AMOUNTS = tuple((rule, _INT) for rule in _RULES)

#: Kind of result -> its columns. `traced`: one entry of one transfer; `passed`: one account, `figure` in, out or held;
#: `target`: an asset, a sink or a held balance; `verdict`: one law on one person and one entity; `grade`: one wire and one US
#: institution ("" for none); `gap` and `effect`: what is missing, and how far it moves one figure. Lists are JSON text.
RESULTS: dict[str, pa.Schema] = {
    "traced": _schema(
        ("transfer", _TEXT),
        ("posting", _TEXT),
        ("account_key", _TEXT),
        ("currency", _TEXT),
        ("day", _DAY),
        ("side", _TEXT),
        ("recorded", _INT),
        *_AMOUNTS,
    ),
    "passed": _schema(
        ("account_key", _TEXT),
        ("currency", _TEXT),
        ("figure", _TEXT),
        ("recorded", _INT),
        ("commingled", _BOOL),
        *_AMOUNTS,
    ),
    "target": _schema(
        ("target", _TEXT),
        ("kind_of_target", _TEXT),
        ("title", _TEXT),
        ("currency", _TEXT),
        ("recorded", _INT),
        ("floor", _INT),
        ("ceiling", _INT),
        *_AMOUNTS,
        ("holds", _TEXT),
        ("asset", _TEXT),
        ("account_key", _TEXT),
        ("transfers", _TEXT),
        ("rests_on", _TEXT),
    ),
    "joint": _schema(
        ("targets", _TEXT),
        ("currency", _TEXT),
        ("recorded", _INT),
        ("floor", _INT),
        ("ceiling", _INT),
    ),
    "verdict": _schema(
        ("entity", _TEXT),
        ("person", _TEXT),
        ("law", _TEXT),
        ("as_of", _DAY),
        ("verdict", _TEXT),
        ("basis", _TEXT),
        ("figures", _TEXT),
        ("rule_version", _TEXT),
        ("assumptions", _TEXT),
        ("interests", _TEXT),
    ),
    "grade": _schema(
        ("wire", _TEXT),
        ("transfer", _TEXT),
        ("institution", _TEXT),
        ("scheme", _TEXT),
        ("grade", _TEXT),
        ("roles", _TEXT),
        ("day", _DAY),
        ("currency", _TEXT),
        ("settled", _INT),
        ("sentence_en", _TEXT),
        ("sentence_zh", _TEXT),
        ("keys", _TEXT),
        ("messages", _TEXT),
    ),
    "gap": _schema(
        ("gap", _TEXT),
        ("kind_of_gap", _TEXT),
        ("description_en", _TEXT),
        ("description_zh", _TEXT),
        ("currency", _TEXT),
        ("amount", _INT),
        ("ask_en", _TEXT),
        ("ask_zh", _TEXT),
        ("affects", _TEXT),
    ),
    "effect": _schema(
        ("gap", _TEXT),
        ("target", _TEXT),
        ("currency", _TEXT),
        ("figure", _TEXT),
        ("least", _INT),
        ("most", _INT),
    ),
}


@dataclass(frozen=True, slots=True)
class Results:
    """One run: `id` (16 hex digits of the hash of its rows), what it rests on, and its rows by kind of `RESULTS`."""

    id: str
    trace_run: str
    content_head: str
    rules: tuple[str, ...]
    parameters: dict[str, str]
    version: str
    tables: dict[str, pa.Table]

    def count(self) -> int:
        """Return how many results there are."""
        return sum(table.num_rows for table in self.tables.values())

    def row(self) -> dict[str, Any]:
        """Return the run itself as a row."""
        return {
            "id": self.id,
            "trace_run": self.trace_run,
            "content_head": self.content_head,
            "rules": " ".join(self.rules),
            "parameters": _json(self.parameters),
            "version": self.version,
            "results": self.count(),
        }


def results_of(made: Dossier) -> Results:
    """Return everything a case concludes as rows, in a fixed order."""
    rows: dict[str, list[dict[str, Any]]] = {
        "traced": list(_traced(made)),
        "passed": list(_passed(made)),
        "target": list(_targets(made)),
        "joint": [_joint(n, b) for n, b in enumerate(made.trace.joint, 1)],
        "verdict": list(_verdicts(made)),
        "grade": list(_grades(made)),
        "gap": list(_gaps(made)),
        "effect": list(_effects(made)),
    }
    told = json.dumps([made.head, made.trace.run, made.version, rows], ensure_ascii=False, sort_keys=True, default=str)
    run = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Results(
        id=run,
        trace_run=made.trace.run,
        content_head=made.head,
        rules=made.trace.rules,
        parameters=dict(made.trace.parameters),
        version=made.version,
        tables={
            kind: pa.Table.from_pylist(
                [{**row, "id": f"{run}/{kind}/{row['id']}"} for row in rows[kind]], schema=columns
            )
            for kind, columns in RESULTS.items()
        },
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _by_rule(amounts: dict[str, int], rules: Sequence[str]) -> dict[str, int | None]:
    return {rule: amounts.get(rule, 0) if rule in rules else None for rule in _RULES}


def _kept(made: Dossier) -> Iterable[AccountTrace]:
    """Return the accounts that a bank keeps: what stands between the parts of a payment is no node of the graph."""
    return (account for account in made.trace.accounts if not is_hub(account.account))


def _traced(made: Dossier) -> Iterable[dict[str, Any]]:
    for account in _kept(made):
        for row in account.rows[1:]:
            moved = row.traced_in if row.kind == "credit" else row.traced_out
            if any(moved.values()):
                yield {
                    "id": row.posting,
                    "transfer": row.transfer,
                    "posting": row.posting,
                    "account_key": account.account,
                    "currency": account.currency,
                    "day": row.day,
                    "side": "in" if row.kind == "credit" else "out",
                    "recorded": row.amount,
                    **_by_rule(moved, made.trace.rules),
                }


def _passed(made: Dossier) -> Iterable[dict[str, Any]]:
    for account in _kept(made):
        for figure, recorded, amounts in _sums(account, made.trace.rules):
            if any(amounts.values()):
                yield {
                    "id": f"{account.account}/{account.currency}/{figure}",
                    "account_key": account.account,
                    "currency": account.currency,
                    "figure": figure,
                    "recorded": recorded,
                    "commingled": account.commingled,
                    **_by_rule(amounts, made.trace.rules),
                }


def _sums(account: AccountTrace, rules: Sequence[str]) -> Iterable[tuple[str, int, dict[str, int]]]:
    """Return what came in, went out and is held at the end, of the account and of it traced under each rule."""
    moved = account.rows[1:]
    entered = [row for row in moved if row.kind == "credit"]
    left = [row for row in moved if row.kind == "debit"]
    yield "in", sum(r.amount for r in entered), {rule: sum(r.traced_in[rule] for r in entered) for rule in rules}
    yield "out", sum(r.amount for r in left), {rule: sum(r.traced_out[rule] for r in left) for rule in rules}
    if account.rows:
        yield "held", account.rows[-1].balance, dict(account.rows[-1].held)


def _targets(made: Dossier) -> Iterable[dict[str, Any]]:
    assets = {asset.record: key for key, asset in made.assets.items()}
    of_posting = {posting: t.id for t in made.transfers for posting in t.postings}
    for target in made.trace.targets:
        yield {
            "id": target.target,
            "target": target.target,
            "kind_of_target": target.kind,
            "title": target.name,
            "currency": target.currency,
            "recorded": target.recorded,
            "floor": target.bounds.floor,
            "ceiling": target.bounds.ceiling,
            **_by_rule(target.by_rule, made.trace.rules),
            "holds": "; ".join(target.holds_under),
            "asset": assets.get(asset_of(target.target, assets)[0], ""),
            "account_key": target.target.removeprefix("bal:") if target.target.startswith("bal:") else "",
            "transfers": _json(sorted({of_posting[p] for p in target.postings if p in of_posting})),
            "rests_on": _json(list(target.rests_on)),
        }


def _joint(number: int, bounds: Bounds) -> dict[str, Any]:
    return {
        "id": str(number),
        "targets": _json(list(bounds.targets)),
        "currency": bounds.currency,
        "recorded": bounds.recorded,
        "floor": bounds.floor,
        "ceiling": bounds.ceiling,
    }


def _verdicts(made: Dossier) -> Iterable[dict[str, Any]]:
    by_record: dict[str, list[str]] = {}
    for key, interest in made.interests.items():
        by_record.setdefault(interest.record, []).append(key)
    for number, v in enumerate(made.verdicts, 1):
        proof = sorted(
            {k for chain in v.chains for k in ([chain] if chain in made.interests else by_record.get(chain, ()))}
        )
        yield {
            "id": str(number),
            "entity": v.target,
            "person": v.person,
            "law": v.law,
            "as_of": v.as_of,
            "verdict": v.verdict,
            "basis": "; ".join(v.basis),
            "figures": ", ".join(f"{name} {share}" for name, share in v.figures.items()),
            "rule_version": v.rule_version,
            "assumptions": "; ".join((*v.assumptions, *v.flags)),
            "interests": _json(proof),
        }


def _grades(made: Dossier) -> Iterable[dict[str, Any]]:
    for wire in made.wires:
        for us in wire.us or (None,):
            names = {us.id, us.id.removesuffix("XXX"), f"{us.id}XXX", us.aba, us.chips_participant} if us else set()
            yield {
                "id": f"{wire.wire_id}/{us.id if us else ''}",
                "wire": wire.wire_id,
                "transfer": wire.transfer,
                "institution": us.id if us else "",
                "scheme": us.scheme if us else "",
                "grade": us.grade if us else wire.grade,
                "roles": ", ".join(us.roles) if us else "",
                "day": wire.value_date,
                "currency": wire.currency,
                "settled": wire.settled_max,
                "sentence_en": us.sentence_en if us else wire.sentence,
                "sentence_zh": us.sentence_zh if us else "",
                "keys": _json(sorted(names - {""})),
                "messages": _json(sorted(us.documents if us else wire.documents)),
            }


def _gaps(made: Dossier) -> Iterable[dict[str, Any]]:
    for gap in made.gaps:
        yield {
            "id": gap.id,
            "gap": gap.id,
            "kind_of_gap": gap.kind,
            "description_en": gap.description_en,
            "description_zh": gap.description_zh,
            "currency": gap.currency,
            "amount": gap.amount,
            "ask_en": gap.ask_en,
            "ask_zh": gap.ask_zh,
            "affects": _json(list(gap.affects)),
        }


def _effects(made: Dossier) -> Iterable[dict[str, Any]]:
    for gap in made.gaps:
        for effect in gap.effects:
            yield {
                "id": f"{gap.id}/{effect.target}/{effect.figure}",
                "gap": gap.id,
                "target": effect.target,
                "currency": effect.currency,
                "figure": effect.figure,
                "least": effect.least,
                "most": effect.most,
            }


def caption(kind: str, row: dict[str, Any]) -> str:
    """Return the words that Browser and Bloom write beside a result."""
    ccy = row.get("currency") or ""

    def money(amount: int | None) -> str:
        return str(Money(amount, ccy)) if amount is not None and ccy else "-"

    if kind in {"traced", "passed"}:
        rules = ", ".join(f"{RULE_NAMES[r][0]} {money(row[r])}" for r in _RULES if row[r])
        return f"{'traced ' + row['side'] if kind == 'traced' else 'traced, ' + row['figure']}: {rules}"
    if kind in {"target", "joint"}:
        return f"{row.get('title') or 'jointly'}: at least {money(row['floor'])}, at most {money(row['ceiling'])}"
    if kind == "verdict":
        return f"{row['law']}: {row['verdict']}"
    if kind == "grade":
        return f"{row['grade']} {row['institution']}".rstrip()
    if kind == "effect":
        return f"{row['figure']} of {row['target']}: {money(row['least'])} to {money(row['most'])}"
    return f"{row['gap']} {row['kind_of_gap']}"
