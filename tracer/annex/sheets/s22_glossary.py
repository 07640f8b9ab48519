"""22_GLOSSARY: the preferred terms, the only ones the product writes (annex.md section 3; `glossary.tsv`)."""

from __future__ import annotations

import csv
from importlib.resources import files

from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col

__all__ = ["build", "preferred"]


def preferred() -> tuple[tuple[str, str, str, str], ...]:
    """Return (English, Chinese, definition, source) of every preferred row."""
    text = files("tracer.annex").joinpath("glossary.tsv").read_text(encoding="utf-8")
    found = []
    for row in csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(row) == 3 and row[2].startswith("[P]"):
            definition, _, source = row[2].removeprefix("[P]").strip().partition("Source: ")
            found.append((row[0], row[1], definition.strip(), source.strip()))
    return tuple(found)


def build(plan: Plan) -> Sheet:
    """Add sheet 22."""
    sheet = plan.open(
        Sheet(
            "22_GLOSSARY",
            ("Glossary", "术语对照"),
            ("Preferred terms only; [K]: translator and counsel to confirm", "仅列首选术语；[K]由译者和律师确认"),
            ADMINISTRATIVE,
            (
                col("en", "English", "英文", "T", 34),
                col("zh", "Chinese", "中文", "T", 24),
                col("definition", "Definition", "定义", "T", 60),
                col("source", "Source", "来源", "T", 40),
            ),
            meta=False,
        )
    )
    for en, zh, definition, source in preferred():
        sheet.add({"en": en, "zh": zh, "definition": definition, "source": source})
    return sheet
