"""Rolling pro rata on paper: the first row is US v Walsh, 712 F.3d 119: 6m of 12.5m traceable, 48% of 3.7m."""

import pytest

from tests.trace.story import of, under

STORIES = [
    pytest.param(
        "[+6000000]+6500000 -3700000", "4224000", {2: "1776000"}, [2], id="Walsh: 48% of 3,700,000 is 1,776,000"
    ),
    pytest.param(
        "=30000 [+500000] -200000",
        "311320.75",
        {2: "188679.25"},
        [2],
        id="Texas example: 50/53 of the home; 188,679.2453 rounds down",
    ),
    pytest.param(
        "=100000 [+200000] -75000 -179500",
        "30333.33",
        {2: "50000", 3: "119666.67"},
        [2, 3],
        id="practice note: two thirds of both",
    ),
    pytest.param("[+100] +100 -100", "50", {3: "50"}, [3], id="Hallett's bag: half of it, whatever the order"),
    pytest.param("+100 [+100] -100", "50", {3: "50"}, [3], id="the order of credits does not matter"),
    pytest.param("[+10:a] [+20:b] +30 -45", "a 2.50, b 5", {4: "a 7.50, b 15"}, [4], id="claims share as they are"),
    pytest.param("[+0.01]+0.01 -0.01", "", {2: "0.01"}, [2], id="half a cent goes to the proceeds"),
    pytest.param(
        "[+50] -25 +25 -25",
        "12.50",
        {2: "25", 4: "12.50"},
        [2, 4],
        id="rolling: what was left is diluted by what came later",
    ),
    pytest.param("[+50] +50 -100 +100", "", {3: "50"}, [3], id="an account emptied holds nothing of it"),
    pytest.param(
        "=-80 [+60]+40",
        "12",
        {},
        [1],
        id="a mixed credit repays the bank in its proportion: 20 of 100 stays, 12 of them proceeds",
    ),
]


@pytest.mark.parametrize(("story", "held", "paid", "left_at"), STORIES)
def test_every_debit_takes_of_everything(story: str, held: str, paid: dict[int, str], left_at: list[int]) -> None:
    told = under("pro_rata", story)
    assert told.held == of(held)
    assert told.paid == {k: of(claims) for k, claims in paid.items()}
    assert told.left_at == left_at
