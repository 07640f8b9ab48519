"""An entry that a confirmation, an advice and two statements show: one movement, counted once, whichever of them are held."""

from itertools import combinations

import pytest

import tracer
from tracer.case import Case
from tracer.match import count_once

BANK = "QXUKGB2L"
FILES = ("mt900", "mt940", "054", "053", "052")
COMBINED = [(one, other) for one, other in combinations(FILES, 2)] + [("mt900", "mt940", "054"), FILES]
CAMT = {
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "052": ("BkToCstmrAcctRpt", "Rpt"),
}


def account(n: int) -> str:
    return f"4478820018{n:02}"


def fin(kind: str, *fields: str) -> str:
    return f"{{1:F01{BANK}AXXX0000000000}}{{2:I{kind}QXZZZZ22XXXXN}}{{4:\r\n" + "\r\n".join(fields) + "\r\n-}"


def camt(kind: str, number: str, n: int) -> str:
    """500.00 out on the 2nd and 700.00 in on the 3rd, of 1,000.00; the bank's reference of each, the owner's and an end-to-end id."""
    _, part = CAMT[kind]
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{sum_}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, sum_, day in (("OPBD", "1000.00", "2024-01-01"), ("CLBD", "1200.00", "2024-01-31"))
    )
    entries = "".join(
        f'<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>CONF{n:02}{side}</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><InstrId>{own}</InstrId><EndToEndId>E2E{own}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        for amount, side, day, own in (
            ("500.00", "DBIT", "2024-01-02", f"REF88{n:02}"),
            ("700.00", "CRDT", "2024-01-03", f"INC77{n:02}"),
        )
    )
    return (
        f"<{part}><Id>S{kind}{n}</Id><CreDtTm>2024-02-01T00:00:00</CreDtTm><Acct><Id><Othr><Id>{number}</Id></Othr></Id>"
        f"<Ccy>USD</Ccy><Svcr><FinInstnId><BICFI>{BANK}</BICFI></FinInstnId></Svcr></Acct>"
        f"{'' if kind == '054' else balances}{entries}</{part}>"
    )


def whole(kind: str, parts: list[str]) -> str:
    """Return the file of one kind for every account of which it is held."""
    if kind.startswith("mt"):
        return "\r\n$\r\n".join(parts)
    root, _ = CAMT[kind]
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.08"><{root}><GrpHdr>'
        f"<MsgId>M{kind}</MsgId><CreDtTm>2024-02-01T00:00:00</CreDtTm></GrpHdr>{''.join(parts)}</{root}></Document>"
    )


def written(kind: str, n: int) -> str:
    number = account(n)
    if kind == "mt900":
        out = fin(
            "900", f":20:CONF{n:02}DBIT", f":21:REF88{n:02}", f":25:{number}", ":32A:240102USD500,00", ":52A:QXSGSGSG"
        )
        came = fin(
            "910", f":20:CONF{n:02}CRDT", f":21:INC77{n:02}", f":25:{number}", ":32A:240103USD700,00", ":52A:QXSGSGSG"
        )
        return f"{out}\r\n$\r\n{came}"
    if kind == "mt940":
        lines = (
            f":61:2401020102D500,00NTRFREF88{n:02}//CONF{n:02}DBIT",
            f":61:2401030103C700,00NTRFINC77{n:02}//CONF{n:02}CRDT",
        )
        ends = ":60F:C240101USD1000,00", ":62F:C240131USD1200,00"
        return fin("940", ":20:S1", f":25:{number}", ":28C:00001/001", ends[0], *lines, ends[1])
    return camt(kind, number, n)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """An account of its own for each combination of what may be held of it."""
    folder = tmp_path_factory.mktemp("confirmed")
    made = tracer.new(folder / "case", id="K-1", title="Test", as_of="2026-01-01", by="A. Officer")
    paths = [folder / f"{kind}.{'fin' if kind.startswith('mt') else 'xml'}" for kind in FILES]
    for kind, path in zip(FILES, paths, strict=True):
        path.write_text(whole(kind, [written(kind, n) for n, kinds in enumerate(COMBINED) if kind in kinds]))
    made.load(*paths)
    made.match()
    return made


def test_each_entry_is_one_movement_counted_once_whatever_shows_it(case: Case) -> None:
    """Of 500.00 and 700.00 on an account every record but one is a copy or a confirmation: once 1,200.00, and two transfers."""
    facts = case.facts()
    moved = {
        n: [t for t in facts.transfers if account(n) in t.debit_account + t.credit_account]
        for n, _ in enumerate(COMBINED)
    }
    assert {COMBINED[n]: len(listed) for n, listed in moved.items()} == dict.fromkeys(COMBINED, 2)
    rows = {str(row["account"])[-12:]: row["counted once"].minor for row in case.match_check()}
    assert rows == {account(n): 120_000 for n, _ in enumerate(COMBINED)}
    printed = 120_000 * sum(len([kind for kind in kinds if kind != "mt900"]) for kinds in COMBINED)
    assert count_once(facts.transfers, facts["posting"]) == {"USD": (120_000 * len(COMBINED), printed)}
    assert case.candidates() == ()
