"""Two productions print the same days in other words: the lines keep their order, whichever of the two a hash puts first."""

import itertools
from pathlib import Path

import pytest

import tracer
from tracer import routes
from tracer.annex.workbook import planned
from tracer.case import Case

PAPER = {
    "predicate_events": 'predicate_events: [{id: E1, offence: O1, date: "2024-03-05", amount: "10000.00", currency: USD, payer: P, '
    'payee: Q, act: "a", account: "123456789", proceeds_txn: "CLAIM-0001", exhibits: []}]\n',
    "offences": 'offences: [{id: O1, title: {en: "b", zh: "受"}, statute: "s", conduct_period: {from: "2024-01-01", to: '
    '"2024-12-31"}}]\n',
}
ASSETS = "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\nHOUSE,real_estate,House,US,X,2024-03-20,5000.00,USD,123456789,HOUSE-0001\n"  # fmt: skip
CLAIM, FEE, HOUSE = (
    "240305 C10000,00NTRFCLAIM-0001",
    "240306 D10,00NCHGNONREF",
    "240320 D5000,00NTRFHOUSE-0001",
)


def told(word: str, *lines: str) -> str:
    """The lines of one production, each told in that production's words."""
    return "".join(
        f":61:{line[:6]}{line[2:6]}{line[7:]}\r\n:86:{word} {number}\r\n" for number, line in enumerate(lines)
    )


def statement(lines: str, closing: str, *, end: str, number: int = 1, first: str = "240301", opening: str = "1000,00") -> bytes:  # fmt: skip
    return (
        f"{{1:F01QXUKGB2LAXXX0001000001}}{{2:O9400800{end}QXHKHKHHAXXX00010001232310310801N}}{{4:\r\n:20:ST1\r\n"
        f":25:123456789\r\n:28C:{number}\r\n:60F:C{first}USD{opening}\r\n{lines}:62F:C{end}USD{closing}\r\n-}}"
    ).encode()


@pytest.fixture
def case(tmp_path: Path) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(PAPER.get(line.split(":")[0], line) for line in lines), "utf-8")
    (tmp_path / "assets.csv").write_text(ASSETS, "utf-8")
    made = tracer.open(tmp_path / "case", by="A. Officer")
    made.load(tmp_path / "assets.csv")
    return made


def figures(case: Case, tmp_path: Path, *files: bytes) -> tuple[int, dict[str, int], int]:
    """Floor, each rule and ceiling of the house, in cents."""
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.{'xml' if data.startswith(b'<') else 'sta'}"
        path.write_bytes(data)
        case.load(path)
    dossier = case.dossier()
    assert dossier.trace is not None
    (house,) = [target for target in dossier.trace.targets if target.kind == "asset"]
    return house.bounds.floor, house.by_rule, house.bounds.ceiling


#: Own money 1,000 + 10,000 proceeds - 10 fee - 5,000 house. Own money first: 5,000 - (1,000 - 10) = 4,010. Floor: the fee
#: out of proceeds, all 1,000 own into the house: 4,000. Ceiling: 5,000.
FLOOR, LIBR, CEILING = 400_000, 401_000, 500_000


def test_a_line_in_one_of_two_that_both_sum_is_told_and_the_floor_gives_way(case: Case, tmp_path: Path) -> None:
    # the first prints a fee of 10 that the second, which covers its days, does not: 1,000 + 10,000 - 10 - 5,000 is 5,990, the
    # second closes at 6,000. Carried: 10 came from somebody, then 1,010 - 10 own, 4,000 of proceeds. Unseen: floor 0.
    files = [
        statement(told("first", CLAIM, FEE), "10990,00", end="240315"),
        statement(told("other", CLAIM, HOUSE), "6000,00", end="240331"),
    ]
    for turned in (files, files[::-1]):
        floor, rules, ceiling = figures(case, tmp_path, *turned)
        assert (floor, rules["libr"], ceiling) == (0, 400_000, CEILING)
    dossier = case.dossier()
    assert dossier.trace is not None
    (gap,) = [gap for gap in dossier.gaps if gap.kind == "overlap"]
    assert (gap.amount, gap.currency) == (1_000, "USD")
    assert "print the same days, each sums, and their lines differ" in gap.description_en
    assert len(gap.cites) == 2
    (house,) = [target for target in dossier.trace.targets if target.kind == "asset"]
    assert gap.id in house.rests_on
    assert {effect.figure for effect in gap.effects if effect.target == house.target} >= {"floor", "libr"}
    planned(dossier, routes.evaluate("R4", dossier), "R4")


def test_a_line_that_only_the_longer_one_prints_is_told_though_its_closing_agrees(case: Case, tmp_path: Path) -> None:
    # on the 6th the second prints a fee that the first, which covers 1 to 15 March and sums, does not have
    files = [
        statement(told("first", CLAIM), "11000,00", end="240315"),
        statement(told("other", CLAIM, FEE, HOUSE), "5990,00", end="240331"),
    ]
    floor, rules, ceiling = figures(case, tmp_path, *files)
    assert (floor, rules["libr"], ceiling) == (0, LIBR, CEILING)
    dossier = case.dossier()
    (gap,) = [gap for gap in dossier.gaps if gap.kind == "overlap"]
    assert (gap.amount, gap.currency) == (1_000, "USD")
    planned(dossier, routes.evaluate("R4", dossier), "R4")


def test_pages_of_one_statement_in_two_files_keep_their_equal_lines(case: Case, tmp_path: Path) -> None:
    files = [
        statement(told("page", CLAIM, FEE), "10990,00", end="240306"),
        statement(told("other page", FEE, HOUSE), "5980,00", end="240331", opening="10990,00"),
    ]
    floor, rules, ceiling = figures(case, tmp_path, *files)
    assert (floor, rules["libr"], ceiling) == (400_000, 402_000, CEILING)


@pytest.mark.parametrize(
    ("turned", "numbers", "word"),
    list(itertools.product((False, True), ((1, 1), (1, 2), (2, 1)), ("copy", "duplicate", "reprint", "again"))),
)
def test_the_order_is_that_of_the_days(
    case: Case, tmp_path: Path, turned: bool, numbers: tuple[int, int], word: str
) -> None:
    files = [
        statement(told("first", CLAIM, FEE), "10990,00", end="240315", number=numbers[0]),
        statement(told(word, CLAIM, FEE, HOUSE), "5990,00", end="240331", number=numbers[1]),
    ]
    floor, rules, ceiling = figures(case, tmp_path, *(files[::-1] if turned else files))
    assert (floor, rules["libr"], ceiling) == (FLOOR, LIBR, CEILING)


def camt(lines: list[tuple[str, str, str]], opening: str, closing: str, *, start: str, end: str) -> bytes:
    """The same account in camt.053: lines are (day, signed amount, words), without any reference."""

    def told(amount: str) -> str:
        way = "DBIT" if amount.startswith("-") else "CRDT"
        return f'<Amt Ccy="USD">{amount.lstrip("-")}</Amt><CdtDbtInd>{way}</CdtDbtInd>'

    entries = "".join(
        f"<Ntry>{told(amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><AddtlNtryInf>{words}</AddtlNtryInf></Ntry>"
        for day, amount, words in lines
    )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{told(amount)}<Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, amount, day in (("OPBD", opening, start), ("CLBD", closing, end))
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>'
        f"2025-01-06T09:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S{end}</Id><CreDtTm>{end}T18:00:00Z</CreDtTm><FrToDt><FrDtTm>{start}"
        f"T00:00:00Z</FrDtTm><ToDtTm>{end}T23:59:59Z</ToDtTm></FrToDt><Acct><Id><Othr><Id>123456789</Id></Othr></Id><Ccy>USD"
        "</Ccy><Svcr><FinInstnId><BICFI>QXHKHKHH</BICFI></FinInstnId></Svcr></Acct>"
        f"{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


MONTH = [("2024-03-05", "10000.00", "Gutschrift"), ("2024-03-06", "-10.00", "Entgelt"), ("2024-03-20", "-5000.00", "x")]


@pytest.mark.parametrize("first", [5, 1], ids=["inside the month", "on its first day"])
@pytest.mark.parametrize("is_daily", [True, False], ids=["days in camt", "days in MT940"])
def test_days_beside_their_month_count_once(case: Case, tmp_path: Path, first: int, is_daily: bool) -> None:
    # a statement of one day opens and closes on it (`:60F:` and `:62F:`, FrToDt): it touches the month at one day only
    claim = CLAIM.replace("240305", f"24030{first}")
    month = [(f"2024-03-0{first}", *MONTH[0][1:]), *MONTH[1:]]
    sums = [("1000.00", "11000.00"), ("11000.00", "10990.00"), ("10990.00", "5990.00")]
    if is_daily:
        days = [camt([line], *both, start=line[0], end=line[0]) for line, both in zip(month, sums, strict=True)]
        whole = statement(told("first", claim, FEE, HOUSE), "5990,00", end="240331")
    else:
        days = [
            statement(told("day", line), b.replace(".", ","), end=line[:6], first=line[:6], opening=a.replace(".", ","), number=n)
            for n, (line, (a, b)) in enumerate(zip((claim, FEE, HOUSE), sums, strict=True), 1)
        ]  # fmt: skip
        whole = camt(month, "1000.00", "5990.00", start="2024-03-01", end="2024-03-31")
    floor, rules, ceiling = figures(case, tmp_path, whole, *days)
    assert (floor, rules["libr"], ceiling) == (FLOOR, LIBR, CEILING)
    assert len(case.dossier().transfers) == 3
    assert not [gap for gap in case.dossier().gaps if gap.kind in {"overlap", "missing_statement"}]


def test_a_month_that_closes_where_it_opened_counts_once_in_other_words(case: Case, tmp_path: Path) -> None:
    # 1,000 + 10,000 - 5,000 - 5,000 = 1,000: each production opens where the other closed and is not its next page
    out = "240321 D5000,00NTRFONWARD-01"
    files = [
        statement(told("first", CLAIM, HOUSE, out), "1000,00", end="240331"),
        camt([MONTH[0], MONTH[2], ("2024-03-21", "-5000.00", "y")], "1000.00", "1000.00", start="2024-03-01", end="2024-03-31"),
    ]  # fmt: skip
    floor, rules, ceiling = figures(case, tmp_path, *files)
    assert (floor, rules["libr"], rules["fifo"], ceiling) == (400_000, 400_000, 400_000, CEILING)
    dossier = case.dossier()
    assert len(dossier.transfers) == 3
    assert not dossier.gaps
    assert dossier.trace is not None
    (onward,) = [target for target in dossier.trace.targets if target.kind not in {"asset", "balance"}]
    # the house leaves 1,000 + 10,000 - 5,000 = 6,000 and takes own money first or proceeds first: 4,000 to 5,000 are proceeds
    assert (onward.recorded, onward.bounds.floor, onward.bounds.ceiling) == (500_000, 400_000, 500_000)


IN, OUT = "240301 C700,00NTRFIN-0001", "240301 D700,00NTRFOUT-0001"


@pytest.mark.parametrize("day", ["01", "31"], ids=["first day", "last day"])
@pytest.mark.parametrize("is_printed", [True, False], ids=["a day of it", "the page beside it"])
def test_a_day_that_closes_where_it_opened_is_told_by_its_lines(
    case: Case, tmp_path: Path, day: str, is_printed: bool
) -> None:
    calm = [line.replace("240301", f"2403{day}") for line in (IN, OUT)]
    lines = [*calm, CLAIM, FEE, HOUSE] if day == "01" else [CLAIM, FEE, HOUSE, *calm]
    at, amount = ("1000.00" if day == "01" else "5990.00"), ("700.00" if is_printed else "300.00")
    daily = [(f"2024-03-{day}", amount, "Gutschrift"), (f"2024-03-{day}", f"-{amount}", "Auszahlung")]
    whole = statement(told("first", *lines), "5990,00", end="240331")
    floor, rules, ceiling = figures(
        case, tmp_path, whole, camt(daily, at, at, start=f"2024-03-{day}", end=f"2024-03-{day}")
    )
    assert (floor, rules["libr"], ceiling) == (FLOOR, LIBR, CEILING)
    assert len(case.dossier().transfers) == (5 if is_printed else 7)
    assert not [gap for gap in case.dossier().gaps if gap.kind in {"overlap", "missing_statement"}]


@pytest.mark.parametrize("has_month", [True, False], ids=["beside the month", "instead of it"])
def test_a_day_that_opens_on_the_last_of_the_month_before_makes_no_hole(
    case: Case, tmp_path: Path, has_month: bool
) -> None:
    # days are numbered from the first of January, months from 1: 61 does not follow on 2, nor 92 on 3, and nothing is missing
    spent = "240331 D1,00NTRFOUT-0001"
    february = statement(told("feb", IN.replace("0301", "0205"), OUT.replace("0301", "0206")), "1000,00", end="240229", number=2, first="240201")  # fmt: skip
    day = statement(told("day", IN), "1700,00", end="240301", number=61, first="240229")
    if has_month:
        rest = [
            statement(told("month", IN, CLAIM, FEE, HOUSE, spent), "6689,00", end="240331", number=3),
            statement(told("day", spent), "6689,00", end="240331", number=91, first="240330", opening="6690,00"),
            statement(told("day", "240401 C2,00NTRFIN-0002"), "6691,00", end="240401", number=92, first="240331", opening="6689,00"),
        ]  # fmt: skip
    else:
        rest = [
            statement(told("rest", CLAIM, FEE, HOUSE, spent), "6689,00", end="240331", number=62, opening="1700,00")
        ]
    floor, rules, ceiling = figures(case, tmp_path, february, day, *rest)
    # 1,700 own and 10,000: the fee of 10 out of proceeds and all own money into the house, 3,300; own money first, 3,310
    assert (floor, rules["libr"], ceiling) == (330_000, 331_000, CEILING)
    assert not case.dossier().gaps
