"""A camt.053 of any size, streamed to disk, whose balances tie: for hand runs and for the bench.

    python -m tests.bench.large_camt FILE MEGABYTES [ENTRIES_PER_STATEMENT]      default: one statement holds all entries

All parties, accounts and references are made up. Statements follow on each other: each opens where the last one closed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["camt_lines", "write_camt"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>{end}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
    "<GrpHdr><MsgId>QX</MsgId></GrpHdr>"
)
_STATEMENT = (
    "<Stmt><Id>QX{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy>"
    "</Acct><Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>{balance}</Bal>{end}"
)
_CLOSING = "<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>{balance}</Bal></Stmt>{end}"
_BALANCE = '<Amt Ccy="EUR">{major}.{minor:02}</Amt><CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2024-03-{day}</Dt></Dt>'
_ENTRY = """<Ntry><NtryRef>{n}</NtryRef><Amt Ccy="EUR">{amount}.{cents:02}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2024-03-{day:02}</Dt></BookgDt><ValDt><Dt>2024-03-{day:02}</Dt></ValDt><AcctSvcrRef>BANK{n:06}</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><MsgId>M{n}</MsgId><InstrId>I{n}</InstrId><EndToEndId>E2E-{n:06}</EndToEndId></Refs>
<Amt Ccy="EUR">{amount}.{cents:02}</Amt><CdtDbtInd>{side}</CdtDbtInd>
<RltdPties><Dbtr><Pty><Nm>QX ALPHA TRADING GMBH</Nm><PstlAdr><AdrLine>1 Quay</AdrLine></PstlAdr></Pty></Dbtr>
<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><Cdtr><Pty><Nm>QX BETA BV</Nm></Pty></Cdtr></RltdPties>
<RltdAgts><DbtrAgt><FinInstnId><BICFI>QXDEDE33XXX</BICFI></FinInstnId></DbtrAgt></RltdAgts>
<RmtInf><Ustrd>Invoice {n} of QX Trading</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
"""


def _balance(cents: int, day: int) -> str:
    side = "CRDT" if cents >= 0 else "DBIT"
    return _BALANCE.format(major=abs(cents) // 100, minor=abs(cents) % 100, side=side, day=f"{day:02}")


def camt_lines(entries: int, per_statement: int = 0, *, one_line: bool = False) -> Iterator[str]:
    """Yield the text piece by piece; `one_line` leaves every line end out."""
    end, entry = ("", _ENTRY.replace("\n", "")) if one_line else ("\n", _ENTRY)
    size, balance = per_statement or entries or 1, 0
    yield _HEAD.format(end=end)
    for start in range(0, entries, size):
        yield _STATEMENT.format(number=start // size + 1, balance=_balance(balance, 1), end=end)
        for n in range(start, min(start + size, entries)):
            amount, cents, is_credit = 100 + n % 900, n % 100, n % 2 == 0
            balance += (1 if is_credit else -1) * (100 * amount + cents)
            yield entry.format(
                n=n, amount=amount, cents=cents, side="CRDT" if is_credit else "DBIT", day=1 + (n - start) * 28 // size
            )
        yield _CLOSING.format(balance=_balance(balance, 28), end=end)
    yield "</BkToCstmrStmt></Document>"


def write_camt(path: Path, size: int, per_statement: int = 0, *, one_line: bool = False) -> int:
    """Write a file of about `size` bytes; return how many entries it holds."""
    entry = sum(map(len, camt_lines(100_100, one_line=one_line))) - sum(
        map(len, camt_lines(100_000, one_line=one_line))
    )
    entries = max(1, size * 100 // entry)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(camt_lines(entries, per_statement, one_line=one_line))
    return entries


if __name__ == "__main__":
    print(f"{write_camt(Path(sys.argv[1]), int(sys.argv[2]) * 1_000_000, int((sys.argv[3:] or ['0'])[0])):,} entries")
