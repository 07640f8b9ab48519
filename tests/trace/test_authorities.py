"""Authorities in Chinese stand under the same keys as in English, with the same citations and marks."""

import re

import pytest

from tracer.trace.authorities_zh import ELECTIONS_ZH, PARAMETERS_ZH, STATUTES_ZH, THEORIES_ZH
from tracer.trace.election_names import AUTHORITY, PARAMETER_AUTHORITY
from tracer.trace.theory_law import LAW

CITED = re.compile(
    r"\d[\d,]*(?:-\d+)? (?:F\.\d?d?|F\. Supp\.|Ch|UKSC|UKPC|EWHC|ONSC|NSWLR|OR|All ER|Cal\.\dd)[^\s,;:)；：，）]*(?: \d+)?|\[(?:19|20)\d\d\]"
)
PAIRS = {
    **{f"election {k}": (AUTHORITY[k], ELECTIONS_ZH[k]) for k in AUTHORITY},
    **{f"parameter {k}": (PARAMETER_AUTHORITY[k], PARAMETERS_ZH[k]) for k in PARAMETER_AUTHORITY},
    **{f"theory {k}": (LAW[k][1:], THEORIES_ZH[k]) for k in LAW},
}


def test_every_key_has_both_languages() -> None:
    assert (AUTHORITY.keys(), PARAMETER_AUTHORITY.keys(), LAW.keys()) == (
        ELECTIONS_ZH.keys(), PARAMETERS_ZH.keys(), THEORIES_ZH.keys(),
    )  # fmt: skip
    assert STATUTES_ZH.keys() == {k for k, (statute, *_) in LAW.items() if not re.match(r"(?:18 USC|UK POCA)", statute)}


@pytest.mark.parametrize("key", PAIRS)
def test_a_citation_and_its_mark_are_the_same_in_both(key: str) -> None:
    en, zh = PAIRS[key]
    for one, other in zip(en, zh, strict=True):
        assert sorted(CITED.findall(one)) == sorted(CITED.findall(other))
        assert one.count("[F") + one.count("; F") == other.count("[F") + other.count("；F")
        assert one.count("verify before filing") == other.count("提交前须核实")
        assert one.count("confirm with counsel") == other.count("请律师确认")
