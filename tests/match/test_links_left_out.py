"""`match --check` leaves each link out of the trace, and shows every rule's figure with it and without it, in two languages."""

from pathlib import Path

from typer.testing import CliRunner

import tracer
from tracer.cli import app

PAYER, PAYEE = "111122223333", "444455556666"
EVENT = (
    'predicate_events: [{id: E1, offence: O1, date: "2024-03-02", amount: "2500.00", currency: EUR, payer: P, payee: Q, act: "a", '
    f'account: "{PAYER}", proceeds_txn: "CLAIM-0001", exhibits: []}}]\n'
)
OFFENCE = 'offences: [{id: O1, title: {en: "b", zh: "受"}, statute: "s", conduct_period: {from: "2024-01-01", to: "2024-12-31"}}]\n'


def statement(account: str, currency: str, opening: str, lines: str, closing: str, bank: str) -> str:
    return (
        f"{{1:F01{bank}AXXX0001000001}}{{2:O9400800240331{bank}AXXX00010001232310310801N}}{{4:\r\n:20:S1\r\n:25:{account}\r\n:28C:1\r\n"
        f":60F:C240301{currency}{opening}\r\n{lines}:62F:C240331{currency}{closing}\r\n-}}"
    )


def test_each_rules_figure_stands_with_the_link_and_without_it(tmp_path: Path) -> None:
    """EUR 500 of unknown origin, 2,500 of proceeds, 60 of other money; EUR 100 arrive as USD 105 beside 50; 105 buy the house.

    Newest first, 60 of the 100 are other money: 40 of 100 of USD 105.00 is 42.00. Pro rata 2,500/3,060 of 105.00 is 85.79, of
    which 105/155 is paid on: 58.12. Proceeds first: all of it. Own money first, oldest first: none.
    """
    tracer.new(tmp_path / "case", id="L-1", title="Links", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    stated = {"predicate_events": EVENT, "offences": OFFENCE}
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    paper.write_text("".join(stated.get(line.partition(":")[0], line) for line in lines), "utf-8")
    files = {
        "pay.fin": "{1:F01QXUKGB2LAXXX0001000001}{2:I103QXHKHKHHXXXXN}{4:\r\n:20:FX-PAY-01\r\n:23B:CRED\r\n:32A:240308USD110,00\r\n"
        f":33B:EUR100,00\r\n:36:1,1\r\n:50K:/{PAYER}\r\nTERN LTD\r\n:59:/{PAYEE}\r\nPAYEE CO\r\n:71A:SHA\r\n-}}",
        "payer.sta": statement(
            PAYER,
            "EUR",
            "500,00",
            ":61:2403020302C2500,00NTRFCLAIM-0001\r\n:61:2403040304C60,00NTRFOTHER-1\r\n:61:2403080308D100,00NTRFFX-PAY-01\r\n",
            "2960,00",
            "QXUKGB2L",
        ),
        "payee.sta": statement(
            PAYEE,
            "USD",
            "50,00",
            ":61:2403080308C105,00NTRFFX-PAY-01\r\n:86:/CHGS/USD5,00\r\n:61:2403110311D105,00NTRFASSET-01\r\n",
            "50,00",
            "QXHKHKHH",
        ),
        "assets.csv": "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\n"
        f"A1,REAL,House,HK,Q,2024-03-11,105.00,USD,{PAYEE},ASSET-01\n",
    }
    case = tracer.open(tmp_path / "case", by="A. Officer")
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8", newline="")
        case.load(tmp_path / name)
    done = CliRunner().invoke(
        app, ["match", "--check", "--to", "links.csv", "--case", str(case.folder), "--by", "A. Officer"]
    )
    assert done.exit_code == 0, done.output
    assert "  House: LIFO: USD 42.00 with it, USD 0.00 without; falls to zero" in done.output
    assert "   House：LIFO 后进先出：有此关联 USD 42.00，无此关联 USD 0.00；降为零" in done.output
    assert "sink:" not in done.output
    rows = (case.folder / "out" / "links.csv").read_text("utf-8").splitlines()[2:]
    house = [row.split('","')[6:10] for row in rows if '"House"' in row]
    assert house == [
        ["LIFO", "LIFO 后进先出", "42.00 USD", "0.00 USD"],
        ["PRORATA", "PRORATA 按比例分摊", "58.12 USD", "0.00 USD"],
        ["DIFO", "DIFO 涉案资金先出", "105.00 USD", "0.00 USD"],
        ["ceiling", "上限", "105.00 USD", "0.00 USD"],
    ]
