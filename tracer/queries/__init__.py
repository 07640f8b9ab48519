"""Questions an analyst asks of a graph: one read-only Cypher file each, and an SQL twin where the embedded graph can answer.

`NAME.cypher` begins with its header, one thing a line:

    // en: one sentence in English            // zh: the same in Chinese
    // param: NAME TYPE [= DEFAULT] -- words  (none or several; types below)
    // columns: NAME TYPE, ...                what is returned; `money/CURRENCY` is minor units with the column of its currency,
                                              `figure/CURRENCY` the same, or a plain count where that column is empty
    // run: yes                               where results of a run are asked for, not only facts

`NAME.sql` beside it gives the same rows in the same order, over one table per kind of fact, `transfer`, `judgement` and the
results of `tracer.graph.results`. Both are constants of the package: values reach them as parameters only (safety.md S9), and
`$case` limits every Cypher to one case.

Types of parameters: `text`, `int` (0 to 1,000,000), `day` (2024-07-01), `currency` (USD), `money` (USD 10000.00; gives $NAME and
$NAME_currency), `account` and `party` (a number or name that the case knows; gives $NAME and, for Neo4j, $NAME_id).

A payment that was reversed is no payment, and neither is the entry that reverses it: questions about payments leave both out,
lists of a period or of two accounts show both and say which is which. A movement that several records print counts once. Of a
payment that a person judged to stand in several records, questions that sum, rank or follow money take either the whole or the
parts (`tracer.parted`); lists show both, with `whole` and `part` in the note. Where only one side's line tells of a payment (no
message does but a bank's report on that line) and prints an original amount, that amount is what the other side's account paid
or received. Payer and payee are the accounts of the lines, a bank's own account too; whom a message names beyond them, ask
`messages_naming`. A statement orders the payments of a
day (`told_by`) unless no balance of it proves its order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from tracer.model import EXPONENTS, CaseError, Money, TracerError, minor_units

__all__ = ["Column", "Parameter", "Question", "bound", "question", "questions"]

Type = Literal["text", "int", "day", "money", "currency", "account", "party"]
_TYPES: dict[str, Type] = {t: t for t in ("text", "int", "day", "money", "currency", "account", "party")}
_MOST = 1_000_000  # of a count or a number of days: beyond it neither graph counts days
_PARAM = re.compile(r"(\w+) (\w+)(?: = (.*?))? -- (.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value a question needs; `default` is None where it must be given."""

    name: str
    type: Type
    default: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer: text, int, day, or money or figure with the column that holds its currency."""

    name: str
    type: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its sentence in two languages, parameters, columns, Cypher, and SQL or "" where only Neo4j can answer."""

    name: str
    en: str
    zh: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    cypher: str
    sql: str
    of_run: bool

    def rows(self, raw: list[dict[str, Any]]) -> tuple[tuple[Any, ...], ...]:
        """Return raw rows of either graph as a table's: absent text is "", amounts are `Money`."""
        return tuple(tuple(self._cell(column, row) for column in self.columns) for row in raw)

    def _cell(self, column: Column, row: dict[str, Any]) -> Any:
        value = row[column.name]
        if column.type == "money":
            return Money(int(value), row[column.currency]) if value is not None and row[column.currency] else None
        if column.type == "figure" and value is not None and row[column.currency]:
            return Money(int(value), row[column.currency])
        return "" if value is None and column.type == "text" else value


@cache
def questions() -> dict[str, Question]:
    """Return every question by name, sorted."""
    folder = files("tracer.queries")
    found = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".cypher"):
            name = file.name.removesuffix(".cypher")
            twin = folder / f"{name}.sql"
            found[name] = _parsed(name, file.read_text("utf-8"), twin.read_text("utf-8") if twin.is_file() else "")
    return found


def question(name: str) -> Question:
    """Return one question.

    Raises: CaseError for a name that is none, with those that look like it.
    """
    if name in questions():
        return questions()[name]
    from difflib import get_close_matches

    near = get_close_matches(name, questions(), 5, 0.4)
    raise CaseError(
        f"{name[:40]!r} is no question.",
        where="ask",
        meaning="Nothing was asked.",
        next_call=f"one of {', '.join(near)}" if near else "tracer ask   (lists them)",
    )


def _parsed(name: str, text: str, sql: str) -> Question:
    head: dict[str, list[str]] = {"en": [], "zh": [], "param": [], "columns": [], "run": []}
    lines = text.splitlines()
    for line in lines:
        if line.startswith("// "):
            key, _, said = line.removeprefix("// ").partition(": ")
            head[key].append(said.strip())
    parameters = []
    for said in head["param"]:
        found = _PARAM.fullmatch(said)
        if found is None:
            raise ValueError(f"{name}.cypher: {said}")
        parameters.append(Parameter(found[1], _TYPES[found[2]], found[3], found[4]))
    columns = []
    for said in head["columns"][0].split(", "):
        column, type_ = said.split(" ")
        kind, _, currency = type_.partition("/")
        columns.append(Column(column, kind, currency))
    (en,), (zh,) = head["en"], head["zh"]
    cypher = "\n".join(line for line in lines if not line.startswith("//"))
    return Question(name, en, zh, tuple(parameters), tuple(columns), cypher, sql, head["run"] == ["yes"])


def bound(asked: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a question, typed; those of type `account` and `party` still as they were given.

    Raises: CaseError for a name that the question does not have, one that is missing, or a value of another type.
    """
    unknown = sorted(given.keys() - {p.name for p in asked.parameters})
    missing = [p for p in asked.parameters if p.default is None and p.name not in given]
    if unknown or missing:
        raise CaseError(
            f"{asked.name} has no parameter {unknown[0]!r}." if unknown else f"{asked.name} needs {missing[0].name}.",
            where=f"ask {asked.name}",
            meaning="Nothing was asked.",
            next_call=usage(asked),
        )
    values: dict[str, Any] = {}
    for parameter in asked.parameters:
        values |= _typed(asked, parameter, given.get(parameter.name, parameter.default))
    return values


def usage(asked: Question) -> str:
    """Return the command with its parameters, as a person types it."""
    said = [f"--param {p.name}={p.default or p.type.upper()}   ({p.words})" for p in asked.parameters]
    return " ".join([f"tracer ask {asked.name}", *said])


def _typed(asked: Question, parameter: Parameter, value: Any) -> dict[str, Any]:
    name, text = parameter.name, str(value).strip()
    try:
        if parameter.type == "int" and not isinstance(value, bool | float) and 0 <= int(text) <= _MOST:
            return {name: int(text)}
        if parameter.type == "currency" and text.upper() in EXPONENTS:
            return {name: text.upper()}
        if parameter.type == "day":
            return {name: value if isinstance(value, date) else date.fromisoformat(text)}
        if parameter.type == "money":
            if isinstance(value, Money):
                return {name: value.minor, f"{name}_currency": value.currency}
            currency, _, amount = text.partition(" ")
            currency = currency.upper()
            return {name: minor_units(amount.replace(",", ""), currency), f"{name}_currency": currency}
        if parameter.type in {"text", "account", "party"} and isinstance(value, str):
            # as the ledger holds it: half a letter of two halves cannot be written down
            return {name: value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")}
    except (ValueError, TracerError):
        pass
    shown = {
        "int": f"a whole number from 0 to {_MOST:,}",
        "day": "a day, 2024-07-01",
        "money": "an amount, USD 10000.00",
        "currency": "a currency of ISO 4217, USD",
    }
    raise CaseError(
        f"{name} of {asked.name} is {shown.get(parameter.type, 'a text')}.",
        where=f"ask {asked.name}",
        meaning="Nothing was asked.",
        next_call=usage(asked),
    )
