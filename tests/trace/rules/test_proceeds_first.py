"""DIFO on paper: the first row is US v Walsh, 712 F.3d 119, where 3.7m of 6m traceable was held to be in the house."""

import pytest

from tests.trace.story import of, under

STORIES = [
    pytest.param(
        "[+6000000]+6500000 -3700000",
        "2300000",
        {2: "3700000"},
        [2],
        id="Walsh: the whole 3,700,000, capped by the price of the house",
    ),
    pytest.param(
        "=100000 [+200000] -75000 -179500",
        "",
        {2: "75000", 3: "125000"},
        [2, 3],
        id="practice note: the car and 125,000 of the rest",
    ),
    pytest.param(
        "=30000 [+500000] -200000", "300000", {2: "200000"}, [2], id="Texas example: the home is all proceeds"
    ),
    pytest.param("[+100] +100 -100", "", {3: "100"}, [3], id="Hallett's bag, the presumption turned round"),
    pytest.param("+100 [+100] -100", "", {3: "100"}, [3], id="the order of credits does not matter"),
    pytest.param(
        "=0 [+455] -430 +333 -30",
        "",
        {2: "430", 4: "25"},
        [2, 4],
        id="Roscoe's figures: what survived goes with the next payment",
    ),
    pytest.param("=100 [+50] -20 +30 -20 -20", "", {2: "20", 4: "20", 5: "10"}, [2, 4, 5], id="until none is left"),
    pytest.param("[+60:a] [+30:b] +10 -45", "a 30, b 15", {4: "a 30, b 15"}, [4], id="several victims share pro rata"),
    pytest.param("=-80 [+50] +200", "", {}, [1], id="Homan: swallowed by an overdraft"),
    pytest.param("[+50] -80 +40", "", {2: "50"}, [2], id="beyond the balance the bank pays"),
]


@pytest.mark.parametrize(("story", "held", "paid", "left_at"), STORIES)
def test_proceeds_are_spent_first(story: str, held: str, paid: dict[int, str], left_at: list[int]) -> None:
    told = under("proceeds_first", story)
    assert told.held == of(held)
    assert told.paid == {k: of(claims) for k, claims in paid.items()}
    assert told.left_at == left_at
