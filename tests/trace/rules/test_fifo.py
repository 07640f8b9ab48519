"""FIFO on paper: the first row is Clayton's own account (Devaynes v Noble (1816) 1 Mer 529, 572)."""

import pytest

from tests.trace.story import of, under

STORIES = [
    pytest.param(
        "[+1713:old] -1260 [+2000:new] -500",
        "new 1953",
        {2: "old 1260", 4: "old 453, new 47"},
        [2, 4],
        id="Clayton: 1,713 found due to the old firm, 1,260 paid, 453 left when the new deposits came",
    ),
    pytest.param("[+100] +100 -100", "", {3: "100"}, [3], id="Hallett's bag, trust money in first: it is spent first"),
    pytest.param("+100 [+100] -100", "100", {}, [], id="Hallett's bag, own money in first"),
    pytest.param(
        "=30000 [+500000] -200000",
        "330000",
        {2: "170000"},
        [2],
        id="Texas example: a home of 200,000 has 30,000 of own money",
    ),
    pytest.param(
        "=100000 [+200000] -75000 -179500",
        "45500",
        {3: "154500"},
        [3],
        id="practice note: the car is bought with what lay there before",
    ),
    pytest.param(
        "[+10:a] [+20:b] +30 -25", "b 5", {4: "a 10, b 15"}, [4], id="two claims and own money, in the order they came"
    ),
    pytest.param("=-80 [+50] +200", "", {}, [1], id="Homan: swallowed by an overdraft"),
    pytest.param(
        "[+50] -80 +40",
        "",
        {2: "50"},
        [2],
        id="paid beyond the balance: what is missing is the bank's money, not the claim",
    ),
    pytest.param(
        "[+0.01]+0.02 -0.01 -0.01 -0.01",
        "",
        {3: "0.01"},
        [3],
        id="a mixed lot remembers what was drawn: 1/3, 2/3, 1 round to 0, 1, 1",
    ),
    pytest.param(
        "[+10]+10 +50 -5 -60",
        "",
        {3: "2.50", 4: "7.50"},
        [3, 4],
        id="a mixed lot keeps its place when part of it is spent",
    ),
]


@pytest.mark.parametrize(("story", "held", "paid", "left_at"), STORIES)
def test_the_oldest_money_is_spent_first(story: str, held: str, paid: dict[int, str], left_at: list[int]) -> None:
    told = under("fifo", story)
    assert told.held == of(held)
    assert told.paid == {k: of(claims) for k, claims in paid.items()}
    assert told.left_at == left_at
