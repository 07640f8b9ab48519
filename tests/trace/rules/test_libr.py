"""LIBR on paper: the first row is James Roscoe (Bolton) Ltd v Winder [1915] 1 Ch 62."""

import pytest

from tests.trace.story import of, under

STORIES = [
    pytest.param("=0 [+455] -430 +333", "25", {2: "430"}, [2], id="Roscoe's own figures, pounds only: no refill"),
    pytest.param(
        "[+1094.27] -1032.11 +797.69",
        "62.16",
        {2: "1032.11"},
        [2],
        id="Roscoe to the penny: 455 pounds 18s 11d is 109,427 pence, the lowest balance 25 pounds 18s is 6,216",
    ),
    pytest.param("=100 [+50] -120", "30", {2: "20"}, [2], id="Hallett: own money is spent first"),
    pytest.param("[+100] +100 -100", "100", {}, [], id="Hallett's bag: the order of credits does not matter"),
    pytest.param(
        "[+4457.85] -43.28 [+2104.47]",
        "6519.04",
        {2: "43.28"},
        [2],
        id="Bolognesi: low tide, then new trust money, which counts in full",
    ),
    pytest.param("=100 [+50] -90", "50", {}, [], id="own money covers the whole debit"),
    pytest.param("=-80 [+50] +200", "", {}, [1], id="Homan: swallowed by an overdraft"),
    pytest.param("=0 [+50] -20 +20 -30", "20", {2: "20", 4: "10"}, [2, 4], id="two falls, two departures"),
    pytest.param("[+50] -50 +50", "", {2: "50"}, [2], id="a dip to exactly zero is not forgotten"),
    pytest.param(
        "[+50] -40 +30 [+20] -35",
        "25",
        {2: "40", 5: "5"},
        [2, 5],
        id="one lifetime minimum must not cap later proceeds",
    ),
    pytest.param(
        "[+60:a] [+30:b] -45",
        "a 30, b 15",
        {3: "a 30, b 15"},
        [3],
        id="several victims share pro rata inside what survives",
    ),
    pytest.param(
        "[+50] -70 [+60:b] +10",
        "b 40",
        {2: "50"},
        [2, 3],
        id="the bank's 20 is repaid out of the next credit, whoever's it is",
    ),
]


@pytest.mark.parametrize(("story", "held", "paid", "left_at"), STORIES)
def test_own_money_is_spent_first(story: str, held: str, paid: dict[int, str], left_at: list[int]) -> None:
    told = under("libr", story)
    assert told.held == of(held)
    assert told.paid == {k: of(claims) for k, claims in paid.items()}
    assert told.left_at == left_at
