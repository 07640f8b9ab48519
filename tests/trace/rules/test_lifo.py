"""LIFO on paper. No leading authority is known (tracing.md R2); the first row is the practice note whose figures are published."""

import pytest

from tests.trace.story import of, under

STORIES = [
    pytest.param(
        "=100000 [+200000] -75000 -179500",
        "",
        {2: "75000", 3: "125000"},
        [2, 3],
        id="practice note: car and rest take all that came last",
    ),
    pytest.param(
        "=30000 [+500000] -200000", "300000", {2: "200000"}, [2], id="Texas example: the home is all proceeds"
    ),
    pytest.param(
        "[+1713:old] -1260 [+2000:new] -500",
        "old 453, new 1500",
        {2: "old 1260", 4: "new 500"},
        [2, 4],
        id="Clayton's figures under the other order",
    ),
    pytest.param("[+100] +100 -100", "100", {}, [], id="Hallett's bag, own money in last: it is spent first"),
    pytest.param("+100 [+100] -100", "", {3: "100"}, [3], id="Hallett's bag, trust money in last"),
    pytest.param("[+10:a] [+20:b] +30 -45", "a 10, b 5", {4: "b 15"}, [4], id="own money, then the younger claim"),
    pytest.param(
        "[+50] +20 -30 +40 -45", "35", {3: "10", 5: "5"}, [3, 5], id="what came after a payment is above what it left"
    ),
    pytest.param("=-80 [+50] +200", "", {}, [1], id="Homan: swallowed by an overdraft"),
    pytest.param(
        "[+50] -80 +40", "", {2: "50"}, [2], id="paid beyond the balance: what is missing is the bank's money"
    ),
    pytest.param(
        "+50 [+10]+10 -5 -60", "", {3: "2.50", 4: "7.50"}, [3, 4], id="a mixed lot is drawn in its proportion"
    ),
]


@pytest.mark.parametrize(("story", "held", "paid", "left_at"), STORIES)
def test_the_newest_money_is_spent_first(story: str, held: str, paid: dict[int, str], left_at: list[int]) -> None:
    told = under("lifo", story)
    assert told.held == of(held)
    assert told.paid == {k: of(claims) for k, claims in paid.items()}
    assert told.left_at == left_at
