"""How fast the statement readers are, in one process, against something everybody can run.

    python -m tests.bench.bench_readers          (exit code 1 beyond a limit)

MT940: lines per second against the PyPI package `mt-940` on the same file, at least 5 times as many. A second file mixes the
       shapes of four banks. It has no limit: `mt-940` reads German sub-fields, but no code words, which are text to it.
camt:  time against a bare `lxml.iterparse` that only counts entries, at most 6 times as long, in flat memory.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from connectors import camt, mt940, ofx
from tests.bench.large_camt import camt_lines, write_camt
from tracer.ingest.source import Source
from tracer.model import Exhibit

FASTER = 5.0
SLOWER = 6.0

_LINE = """:61:2403{day:02}03{day:02}{side}{amount},{cents:02}NTRFREF{n:06}//BANK{n:06}
:86:166?00GUTSCHRIFT?100004770?20EREF+E2E-{n:06}?21SVWZ+Invoice {n} of QX Trading?30QXDEDE33XXX
?31DE89370400440532013000?32QX ALPHA TRADING GMBH?34000
"""

# German sub-fields with words behind capitals, Dutch code words with a supplement, free text, and no field 86 at all.
_SHAPES = (
    """:61:2403{day:02}03{day:02}{side}{amount},{cents:02}N051NONREF//B{n:06}
:86:116?00UEBERWEISUNG?109310?20EREF+NOTPROVIDED?21KREF+K{n:06}?22SVWZ+INVOICE {n} OF MAR?23CH AND THE REST OF APRIL?30QXDEDE33X
XX?31DE02120300000000202051?32QX BUYER {n:06} GMBH?33UND CO KG?34992
""",
    """:61:2403{day:02}03{day:02}{side}{amount},{cents:02}NTRFEREF//{n:06}
/TRCD/00100/
:86:/EREF/E2E-{n:06}//IBAN/NL02ABNA0123456789/BIC/QXNLNL2A/NAME/QX SELLER {n:06} B.V./REMI/USTD//ORDER {n} AND
 WHAT IT COST/
""",
    """:61:2403{day:02}{side}{amount},{cents:02}NCHKREF{n:06}
:86:CHEQUE {n:06} PAID IN AT THE COUNTER
QX BRANCH 12
""",
    """:61:2403{day:02}03{day:02}{side}{amount},{cents:02}FMSCNONREF
""",
)


def mt940_text(lines: int, shapes: tuple[str, ...] = (_LINE,)) -> str:
    """Return one statement per 500 lines of these shapes in turn, with balances that tie."""
    parts, balance = [], 0
    for start in range(0, lines, 500):
        number = start // 500 + 1
        parts.append(f":20:QX{number}\n:25:37040044/532013000\n:28C:{number}/1\n:60F:C240301EUR{balance},00\n")
        for n in range(start, min(start + 500, lines)):
            amount = 100 + n % 900
            balance += amount
            parts.append(shapes[n % len(shapes)].format(day=1 + n % 28, side="C", amount=amount, cents=0, n=n))
        parts.append(f":62F:C240331EUR{balance},00\n-\n")
    return "".join(parts)


def source(path: Path) -> Source:
    """Return a file as a connector sees it."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    exhibit = Exhibit(sha256, "EX-0001", path.name, path.stat().st_size, "EV", "2026-01-01T00:00:00Z", "", "", "", "")
    return Source.open(exhibit, path)


def best(run: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of several runs in seconds of processor time, so that a busy machine does not decide."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def consume(items: object) -> int:
    """Return how many items an iterator gives, keeping none."""
    return sum(1 for _ in items)  # type: ignore[attr-defined]


def mt940_ratio(folder: Path, lines: int = 5_000, shapes: tuple[str, ...] = (_LINE,)) -> tuple[float, str]:
    """Return (how many times as fast as mt-940, sentence)."""
    import mt940 as other

    path = folder / "statements.sta"
    path.write_text(mt940_text(lines, shapes))
    exhibit = source(path)
    ours = best(lambda: consume(mt940.CONNECTOR.read(exhibit)))
    theirs = best(lambda: len(other.parse(path.read_text())), 1)
    ratio = theirs / ours
    return (
        ratio,
        f"MT940: {lines / ours:,.0f} lines/s, mt-940 {lines / theirs:,.0f} lines/s: {ratio:.1f} times",
    )


def camt_ratio(folder: Path, entries: int = 20_000) -> tuple[float, str]:
    """Return (how many times as long as counting, sentence)."""
    path = folder / "statement.xml"
    path.write_text("".join(camt_lines(entries)))
    exhibit = source(path)

    def bare() -> int:
        found = 0
        for _, element in etree.iterparse(str(path), events=("end",), tag="{*}Ntry"):
            found += 1
            element.clear()
        return found

    ours = best(lambda: consume(camt.CONNECTOR.read(exhibit)))
    counting = best(bare)
    ratio = ours / counting
    return (
        ratio,
        f"camt: {entries / ours:,.0f} entries/s, bare iterparse {entries / counting:,.0f}: {ratio:.1f} times (limit {SLOWER})",
    )


def ofx_rate(folder: Path, lines: int = 20_000) -> str:
    """Return a sentence: lines of SGML read in a second."""
    line = (
        "<STMTTRN><TRNTYPE>{kind}<DTPOSTED>202403{day:02}120000[-5:EST]<TRNAMT>{amount}.{cents:02}<FITID>{n:012}<NAME>QX BUYER {n}"
        "<MEMO>INVOICE {n} &amp; COSTS</STMTTRN>\n"
    )
    body = "".join(
        line.format(n=n, kind="CREDIT", amount=100 + n % 900, cents=n % 100, day=1 + n % 28) for n in range(lines)
    )
    path = folder / "statement.ofx"
    path.write_text(
        "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>999900011<ACCTID>4478820018</BANKACCTFROM>"
        f"<BANKTRANLIST>\n{body}</BANKTRANLIST></STMTRS></OFX>"
    )
    exhibit = source(path)
    ours = best(lambda: consume(ofx.CONNECTOR.read(exhibit)))
    return f"OFX: {lines / ours:,.0f} lines/s (no limit)"


def main() -> int:
    """Print both ratios; 1 when one is beyond its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faster, first = mt940_ratio(folder)
        mixed = mt940_ratio(folder, shapes=_SHAPES)[1]
        fourth = ofx_rate(folder)
        slower, second = camt_ratio(folder)
        path = folder / "large.xml"
        write_camt(path, 80_000_000)
        size, large = path.stat().st_size / 1e6, source(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        camt.CONNECTOR.count(large)
        consume(camt.CONNECTOR.read(large))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{first} (limit {FASTER})")
    print(f"{mixed} (four banks' shapes, no limit)")
    print(second)
    print(fourth)
    print(f"camt: {size:,.0f} MB file counted and read, peak memory grew by {grown:,.0f} MB")
    return int(faster < FASTER or slower > SLOWER)


if __name__ == "__main__":
    sys.exit(main())
