"""The reference picture of charts.md section 10, and Chromium."""

import json
from datetime import date
from pathlib import Path

import pytest

from tracer.charts import Arrow, Box, Picture, Tally
from tracer.model import Money, minor_units

CHROMIUM = Path("/usr/bin/chromium")
CORPUS = Path(__file__).resolve().parent.parent / "fixtures" / "injection_corpus.json"

BOXES = (
    ("V", "organization", "V", 0, "Ministry of Works"),
    ("A", "account", "S", 1, "Sunrise Constr. Ltd", "CY …4411"),
    ("B", "account", "C", 2, "Baltic Trade OÜ", "EE …0092"),
    ("C", "account", "C", 2, "Harbor Holdings", "PA …7731"),
    ("U", "institution", "B", 3, "First Corr. Bank", "NY"),
    ("E", "unknown", "L", 3, "Cash withdrawal 现金"),
    ("D", "asset", "A", 4, "Lakeview RE LLC", "US …1200"),
    ("F", "account", "A", 4, "Aurelia Trust", "JE …5005"),
)
TRANSFERS = (
    ("T0001", "V", "A", "2400000", "EUR", 4),
    ("T0002", "A", "B", "900000", "EUR", 5),
    ("T0003", "A", "B", "600000", "EUR", 6),
    ("T0004", "A", "C", "850000", "EUR", 7),
    ("T0005", "B", "U", "1620000", "USD", 11),
    ("T0006", "C", "U", "700000", "USD", 12),
    ("T0007", "C", "E", "40000", "EUR", 12),
    ("T0008", "U", "D", "1500000", "USD", 13),
    ("T0009", "U", "F", "820000", "USD", 14),
    ("T0010", "A", "B", "100000", "EUR", 6),
    ("T0011", "B", "A", "25000", "EUR", 8),
    ("T0012", "A", "A", "10000", "EUR", 9),
    ("T0013", "A", "A", "11000", "EUR", 9),
)


def arrow(ref: str, start: str, end: str, amount: str, currency: str, day: int, **more: object) -> Arrow:
    money = Money(minor_units(amount, currency), currency)
    on = f"2019-03-{day:02}"
    return Arrow(ref, start, end, money, (str(money), f"{on} {ref}"), (("ref", ref),), on=on, cite="EX-0001", **more)


def picture(boxes: list[tuple], transfers: list[tuple], **more: object) -> Picture:
    arrows = tuple(arrow(*t, us_leg="U" in t[1:3]) for t in transfers)
    sums: dict[str, int] = {}
    for _, _, _, amount, currency, _ in transfers:
        sums[currency] = sums.get(currency, 0) + minor_units(amount, currency)
    source = Tally(len(transfers), tuple(Money(m, c) for c, m in sorted(sums.items())))
    made = tuple(Box(i, kind, role, tuple(lines), (("id", i),), column) for i, kind, role, column, *lines in boxes)
    values = {
        "kind": "flow",
        "title_en": "Flow of funds by hop: claim K1",
        "title_zh": "资金流向：K1",
        "as_of": date(2019, 12, 31),
        "source": source,
        "sources": ("EX-0001",),
        "run": "7f3a",
        "heads": tuple(f"Hop {n} 第{n}跳" for n in range(5)),
    }
    return Picture(boxes=made, arrows=arrows, **(values | more))


@pytest.fixture(scope="session")
def reference() -> Picture:
    return picture(list(BOXES), list(TRANSFERS))


@pytest.fixture(scope="session")
def hostile() -> list[tuple[str, str]]:
    """(id, string) of every string of the injection corpus but the two that are only long."""

    def build(part: object) -> str:
        if isinstance(part, str):
            return part
        if "repeat" in part:
            return build(part["repeat"][0]) * part["repeat"][1]
        return "".join(build(p) for p in part["concat"])

    strings = json.loads(CORPUS.read_text(encoding="utf-8"))["strings"]
    return [(s["id"], build(s["value"] if "value" in s else s["build"])) for s in strings]
