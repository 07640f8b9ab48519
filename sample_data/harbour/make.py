"""Write the raw files of the sample case `harbour`: `python sample_data/harbour/make.py`.

Everything is invented: parties, banks (BIC prefix QX belongs to nobody), accounts and amounts. The movements that matter
are written out by hand below and in GUIDE.md; ordinary trade around them comes from a fixed seed and is forced to the
balances that GUIDE.md states, so that the planted truth can be checked with pencil and paper.
"""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import noto_cjk_sans_otc
from matplotlib import rc_context
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontPath, FontProperties
from matplotlib.lines import Line2D
from openpyxl import Workbook

HERE = Path(__file__).parent
RAW = HERE / "raw"
CJK = Path(noto_cjk_sans_otc.__file__).with_name("NotoSansCJK-Regular.ttc")  # OFL-1.1; face 2 is Simplified Chinese


def iban(country: str, bban: str) -> str:
    """Return the IBAN with its check digits (ISO 13616, mod 97)."""
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


BRIGHTWATER = "447882001838"
NORTHQUAY = iban("AE", "0990000000447120016")
CALDER = iban("GB", "QXUK20998855779911")
MEIYAO = iban("DE", "500999000532013000")
HAOSHENG = "6217990001234567890"
CONTRACTOR = iban("DE", "500999000771200451")
ESCROW = "4400917732"
BROKER = iban("GB", "QXUK20998800314159")
KESTREL, GANNET, OSPREY = "8810044120", iban("AE", "0990000000881230077"), iban("GB", "QXUK20998866120034")


@dataclass
class Line:
    day: date
    amount: int  # minor units, + in, - out
    reference: str
    name: str
    account: str
    text: str
    kind: str = "TRF"
    bank_reference: str = ""
    reversal: bool = False
    original: str = ""
    rate: str = ""
    end_to_end: str = ""
    uetr: str = ""
    agent: str = ""


def d(text: str) -> date:
    return date.fromisoformat(text)


def workday(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(1)
    return day


def trade(
    seed: str,
    start: str,
    end: str,
    opening: int,
    closing: int,
    count: int,
    customers: list[str],
    suppliers: list[str],
    prefix: str,
    *,
    floor: int = 0,
    step: int = 40_000_00,
) -> list[Line]:
    """Return `count` ordinary movements between two days that lead from `opening` to `closing`, never below `floor`."""
    rng = random.Random(f"harbour {seed}")
    first, last = d(start), d(end)
    days = sorted(workday(first + timedelta(rng.randrange((last - first).days - 3))) for _ in range(count - 1))
    days = [min(day, last) for day in days]
    lines, balance = [], opening
    for number, day in enumerate(days, 1):
        amount = rng.randrange(step // 20, step) // 25 * 25
        inward = balance - amount < floor or rng.random() < 0.5
        name = rng.choice(customers if inward else suppliers)
        signed = amount if inward else -amount
        balance += signed
        what = f"INVOICE {rng.randrange(1000, 9999)}" if inward else f"PO {rng.randrange(100, 999)}-{number}"
        account = str(7_000_000_000 + sum(map(ord, name)) * 7919 % 900_000_000)
        lines.append(Line(day, signed, f"{prefix}{day:%y%m%d}{number:03d}", name, account, what))
    rest = closing - balance
    assert rest, "the last movement closes the window"
    name = (customers if rest > 0 else suppliers)[0]
    account = str(7_000_000_000 + sum(map(ord, name)) * 7919 % 900_000_000)
    lines.append(Line(last, rest, f"{prefix}{last:%y%m%d}999", name, account, "ACCOUNT SETTLEMENT"))
    return lines


CUSTOMERS = [
    "KITTIWAKE BUNKERING PTE",
    "PETREL TERMINALS BV",
    "SHEARWATER LINES SA",
    "TERN CARGO CO LTD",
    "MURRE LOGISTICS AS",
]
SUPPLIERS = [
    "FULMAR PACKAGING LTD",
    "AUKLET FREIGHT INC",
    "SKUA PORT SERVICES",
    "DUNLIN CHANDLERS",
    "WHIMBREL INSURANCE BROKERS",
]

E1_UETR, E2_UETR, HOUSE_UETR = (
    "3b1f6a52-7c1e-4f0a-9a35-1d2c7e90ab41",
    "7d4f2c90-18aa-4c3b-8e55-60b1f2a9c7d3",
    "c0a81b6e-52f4-4d7e-b1a9-0e4477d2f318",
)

BRIGHTWATER_LINES = [
    *trade("a1-before", "2023-10-02", "2024-03-11", 85_000_00, 300_000_00, 62, CUSTOMERS, SUPPLIERS, "BW"),
    Line(
        d("2024-03-12"),
        1_200_000_00,
        "MDG240312-01",
        "MERIDIAN DREDGING GMBH",
        CONTRACTOR,
        "CONSULTANCY AGREEMENT 2024-02",
        bank_reference="HK240312000771",
    ),
    Line(d("2024-03-14"), -400_000_00, "BWT240314-02", "KESTREL MARINE PARTS", KESTREL, "PO 771 HULL PLATES"),
    Line(d("2024-03-18"), -640_000_00, "BWT240318-07", "CALDER AND ROWE LLP CLIENT AC", CALDER, "MATTER 8841"),
    Line(d("2024-03-18"), -40_00, "NONREF", "", "", "OUTWARD REMITTANCE CHARGE", kind="CHG"),
    Line(d("2024-03-21"), -200_000_00, "BWT240321-01", "NORTHQUAY SHIPPING FZE", NORTHQUAY, "CHARTER DEPOSIT"),
    Line(d("2024-04-02"), -50_000_00, "BWT240402-03", "CALDER AND ROWE LLP CLIENT AC", CALDER, "MATTER 8841 COSTS"),
    Line(
        d("2024-04-05"),
        50_000_00,
        "BWT240402-03",
        "CALDER AND ROWE LLP CLIENT AC",
        CALDER,
        "RETURNED MATTER CLOSED",
        reversal=True,
    ),
    Line(d("2024-04-10"), 200_000_00, "NQS240410-01", "NORTHQUAY SHIPPING FZE", NORTHQUAY, "CHARTER DEPOSIT REFUND"),
    Line(d("2024-04-15"), -260_000_00, "BWT240415-01", "NORTHQUAY SHIPPING FZE", NORTHQUAY, "CHARTER HIRE"),
    Line(d("2024-04-22"), -199_960_00, "BWT240422-01", "KESTREL MARINE PARTS", KESTREL, "PO 772 ENGINE SPARES"),
    *trade("a1-after", "2024-04-23", "2025-03-28", 0, 41_250_00, 78, CUSTOMERS, SUPPLIERS, "BX"),
]
NORTHQUAY_LINES = [
    *trade("a2-before", "2024-01-02", "2024-03-20", 64_000_00, 100_000_00, 24, CUSTOMERS, SUPPLIERS, "NA"),
    Line(d("2024-03-21"), 200_000_00, "BWT240321-01", "Brightwater Trading Ltd", BRIGHTWATER, "Charter deposit"),
    Line(
        d("2024-04-10"), -200_000_00, "NQS240410-01", "Brightwater Trading Ltd", BRIGHTWATER, "Charter deposit refund"
    ),
    Line(d("2024-04-15"), 260_000_00, "BWT240415-01", "Brightwater Trading Ltd", BRIGHTWATER, "Charter hire"),
    Line(
        d("2024-04-19"), -300_000_00, "NQS240419-02", "Pelican Securities plc", BROKER, "Subscription, client LMY-2207"
    ),
    Line(d("2024-04-24"), -60_000_00, "NQS240424-01", "Gannet Fuels LLC", GANNET, "Bunkers March"),
    *trade(
        "a2-between",
        "2024-04-25",
        "2024-07-15",
        0,
        -40_000_00,
        24,
        CUSTOMERS,
        SUPPLIERS,
        "NB",
        floor=-50_000_00,
        step=30_000_00,
    ),
    Line(d("2024-07-16"), 800_000_00, "MDG240716-04", "MERIDIAN DREDGING GMBH", CONTRACTOR, "Success fee berth 9"),
    Line(d("2024-07-18"), 140_000_00, "KIT240718-11", "KITTIWAKE BUNKERING PTE", "7000442211", "Invoice 4410"),
    Line(d("2024-07-22"), -250_000_00, "NQS240722-05", "Lin Meiyao", MEIYAO, "Family support, sold USD bought EUR"),
    Line(d("2024-08-05"), 100_000_00, "PET240805-02", "PETREL TERMINALS BV", "7000551177", "Invoice 5120"),
    Line(d("2024-08-05"), -150_000_00, "NQS240805-03", "Gannet Fuels LLC", GANNET, "Bunkers July"),
    Line(
        d("2024-08-12"), -500_000_00, "NQS240812-01", "Pelican Securities plc", BROKER, "Subscription, client LMY-2207"
    ),
    Line(d("2024-08-20"), -100_000_00, "NQS240820-02", "Gannet Fuels LLC", GANNET, "Bunkers August"),
    *trade("a2-after", "2024-08-21", "2025-03-28", 0, 18_300_00, 34, CUSTOMERS, SUPPLIERS, "NC"),
]
CALDER_LINES = [
    *trade(
        "a3-before",
        "2024-01-03",
        "2024-03-15",
        40_000_00,
        150_000_00,
        16,
        ["R HALVORSEN TRUST", "ESTATE OF J PELLOW"],
        ["LAND REGISTRY FEES", "COUNSEL FEES"],
        "CA",
    ),
    Line(
        d("2024-03-18"),
        640_000_00,
        "BWT240318-07",
        "BRIGHTWATER TRADING LTD",
        BRIGHTWATER,
        "MATTER 8841",
        end_to_end="BWT240318-07",
        agent="QXHKHKHH",
    ),
    Line(
        d("2024-03-20"),
        60_000_00,
        "EPL240320-01",
        "ESTATE OF J PELLOW",
        "7000119920",
        "PROBATE",
        end_to_end="EPL240320-01",
    ),
    Line(
        d("2024-03-25"),
        -720_000_00,
        "CR240325-HSE",
        "HARBORLINE TITLE AND ESCROW INC",
        ESCROW,
        "PURCHASE 12 LANTERN COVE",
        end_to_end="CR240325-HSE",
        uetr=HOUSE_UETR,
        agent="QXMBUS3NNYC",
    ),
    Line(
        d("2024-04-08"),
        -130_000_00,
        "CR240408-OSP",
        "OSPREY YACHTS LTD",
        OSPREY,
        "CLIENT ACCOUNT BALANCE TRANSFER",
        end_to_end="CR240408-OSP",
    ),
    *trade(
        "a3-after",
        "2024-04-09",
        "2024-12-20",
        0,
        22_000_00,
        38,
        ["R HALVORSEN TRUST", "ESTATE OF J PELLOW", "M OKONJO"],
        ["LAND REGISTRY FEES", "COUNSEL FEES"],
        "CB",
    ),
]
MEIYAO_LINES = [
    *trade(
        "a4-before",
        "2024-01-03",
        "2024-07-19",
        12_500_00,
        20_000_00,
        32,
        ["Atelier Möwe GmbH", "Finanzamt Erstattung"],
        ["Miete Schäfer", "Stadtwerke", "Drogerie Müller"],
        "LA",
        step=2_400_00,
    ),
    Line(
        d("2024-07-22"),
        230_000_00,
        "NQS240722-05",
        "Northquay Shipping FZE",
        NORTHQUAY,
        "Family support, sold USD bought EUR",
        original="250000,00",
        rate="0,92",
    ),
    Line(
        d("2024-07-30"),
        -215_000_00,
        "LMY240730-FLAT",
        "Conservatória Imóveis Atlântico SA",
        "7000778811",
        "Kaufpreis Wohnung Rua do Farol 7, 4B",
    ),
]
MEIYAO_LATER = [
    Line(d("2024-09-16"), -27_400_00, "LMY240916-BAR", "", "", "Barauszahlung Schalter", kind="BAR"),
    *trade(
        "a4-after",
        "2024-09-18",
        "2025-03-28",
        0,
        3_900_00,
        16,
        ["Atelier Möwe GmbH"],
        ["Miete Schäfer", "Stadtwerke"],
        "LB",
        step=2_000_00,
    ),
]


def salary() -> list[Line]:
    lines, number = [], 0
    rng = random.Random("harbour salary")
    for month in range(18):
        year, mon = 2023 + (9 + month) // 12, (9 + month) % 12 + 1
        for day, amount, name, text in (
            (10, 18_600_00, "东澜港务局", "工资"),
            (15, -rng.randrange(1_200_00, 3_800_00), "东澜供电公司", "水电费"),
            (24, -rng.randrange(5_000_00, 9_900_00), "东澜百货", "消费"),
        ):
            number += 1
            lines.append(
                Line(
                    date(year, mon, day),
                    amount,
                    f"{year}{mon:02d}{day:02d}{number:06d}",
                    name,
                    f"62179900{sum(map(ord, name)):08d}",
                    text,
                )
            )
    return lines


def swift_amount(minor: int) -> str:
    return f"{abs(minor) // 100},{abs(minor) % 100:02d}"


def write_mt940() -> None:
    """Eighteen monthly statements in one RJE file."""
    balance, messages = 85_000_00, []
    for month in range(18):
        year, mon = 2023 + (9 + month) // 12, (9 + month) % 12 + 1
        first = date(year, mon, 1)
        last = (first + timedelta(32)).replace(day=1) - timedelta(1)
        lines = [x for x in BRIGHTWATER_LINES if first <= x.day <= last]
        body = [
            f":20:STMT{year}{mon:02d}",
            f":25:{BRIGHTWATER}",
            f":28C:{month + 1:05d}/001",
            f":60F:C{first:%y%m%d}USD{swift_amount(balance)}",
        ]
        for x in lines:
            balance += x.amount
            mark = ("RD" if x.amount > 0 else "RC") if x.reversal else ("C" if x.amount > 0 else "D")
            bank = f"//{x.bank_reference}" if x.bank_reference else ""
            body.append(f":61:{x.day:%y%m%d}{x.day:%m%d}{mark}{swift_amount(x.amount)}N{x.kind}{x.reference}{bank}")
            remittance = f"/REMI/{x.text}"
            body.append(f":86:/IBAN/{x.account}/NAME/{x.name}{remittance}" if x.name else f":86:{remittance}")
        body += [f":62F:{'C' if balance >= 0 else 'D'}{last:%y%m%d}USD{swift_amount(balance)}"]
        head = f"{{1:F01QXUKGB2LAXXX{month + 1:04d}000001}}{{2:O9400800{last:%y%m%d}QXHKHKHHAXXX{month + 1:04d}000123{last:%y%m%d}0801N}}{{4:\r\n"
        messages.append(head + "\r\n".join(body) + "\r\n-}")
    assert balance == 41_250_00
    (RAW / "brightwater_usd.sta").write_bytes("$\r\n".join(messages).encode("ascii") + b"\r\n")


def stable_zip(data: bytes) -> bytes:
    """Rewrite a zip with fixed times, so that the same lines give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = content.split(b"<dcterms:created")[0] + b"</cp:coreProperties>"
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write_xlsx() -> None:
    """The balance is printed on the last row of each day only: two postings of one day have no order of their own."""
    book = Workbook()
    sheet = book.create_sheet("Account activity", 0)
    del book["Sheet"]
    sheet.append(["Quay Emirates Bank - account activity"])
    sheet.append([f"Account: {NORTHQUAY}"])
    sheet.append(["Holder: Northquay Shipping FZE  نورثكي للشحن"])
    sheet.append(["Opening balance 2024-01-01: 64000.00"])
    sheet.append([])
    sheet.append(
        [
            "Date",
            "Value date",
            "Reference",
            "Description",
            "Counterparty",
            "Counterparty account",
            "Debit",
            "Credit",
            "Balance",
            "Ccy",
        ]
    )
    balance = 64_000_00
    for number, x in enumerate(NORTHQUAY_LINES):
        balance += x.amount
        last_of_day = number + 1 == len(NORTHQUAY_LINES) or NORTHQUAY_LINES[number + 1].day != x.day
        sheet.append(
            [
                x.day.isoformat(),
                x.day.isoformat(),
                x.reference,
                x.text,
                x.name,
                x.account,
                f"{-x.amount / 100:.2f}" if x.amount < 0 else None,
                f"{x.amount / 100:.2f}" if x.amount > 0 else None,
                f"{balance / 100:.2f}" if last_of_day else None,
                "USD",
            ]
        )
    assert balance == 18_300_00
    buffer = io.BytesIO()
    book.save(buffer)
    (RAW / "northquay_usd.xlsx").write_bytes(stable_zip(buffer.getvalue()))


def write_camt() -> None:
    """One camt.053.001.08 with a statement per quarter."""

    def esc(s: str) -> str:
        return s.replace("&", "&amp;").replace("<", "&lt;")

    balance, parts = 40_000_00, []
    for quarter in range(4):
        first = date(2024, 3 * quarter + 1, 1)
        last = (first + timedelta(100)).replace(day=1)
        last = (
            date(2024 + (quarter == 3), (3 * quarter + 4) % 12 or 12, 1) - timedelta(1)
            if quarter < 3
            else date(2024, 12, 31)
        )
        lines = [x for x in CALDER_LINES if first <= x.day <= last]

        def bal(code: str, value: int, day: date) -> str:
            return (
                f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{abs(value) / 100:.2f}</Amt>'
                f"<CdtDbtInd>{'CRDT' if value >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
            )

        entries, opening = [], balance
        for x in lines:
            balance += x.amount
            party = "Dbtr" if x.amount > 0 else "Cdtr"
            acct = f"<IBAN>{x.account}</IBAN>" if x.account[:2].isalpha() else f"<Othr><Id>{x.account}</Id></Othr>"
            uetr = f"<UETR>{x.uetr}</UETR>" if x.uetr else ""
            agent = (
                f"<RltdAgts><{party}Agt><FinInstnId><BICFI>{x.agent}</BICFI></FinInstnId></{party}Agt></RltdAgts>"
                if x.agent
                else ""
            )
            entries.append(
                f'<Ntry><NtryRef>{x.reference}</NtryRef><Amt Ccy="USD">{abs(x.amount) / 100:.2f}</Amt>'
                f"<CdtDbtInd>{'CRDT' if x.amount > 0 else 'DBIT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
                f"<BookgDt><Dt>{x.day}</Dt></BookgDt><ValDt><Dt>{x.day}</Dt></ValDt><AcctSvcrRef>{x.reference}</AcctSvcrRef>"
                f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{'RCDT' if x.amount > 0 else 'ICDT'}</Cd><SubFmlyCd>XBCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
                f"<NtryDtls><TxDtls><Refs><InstrId>{x.reference}</InstrId><EndToEndId>{x.end_to_end or x.reference}</EndToEndId>{uetr}</Refs>"
                f'<Amt Ccy="USD">{abs(x.amount) / 100:.2f}</Amt><CdtDbtInd>{"CRDT" if x.amount > 0 else "DBIT"}</CdtDbtInd>'
                f"<RltdPties><{party}><Pty><Nm>{esc(x.name)}</Nm></Pty></{party}><{party}Acct><Id>{acct}</Id></{party}Acct></RltdPties>{agent}"
                f"<RmtInf><Ustrd>{esc(x.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
            )
        total_in = sum(x.amount for x in lines if x.amount > 0)
        total_out = -sum(x.amount for x in lines if x.amount < 0)
        parts.append(
            f"<Stmt><Id>CR-2024-Q{quarter + 1}</Id><ElctrncSeqNb>{quarter + 1}</ElctrncSeqNb><CreDtTm>{last}T18:00:00Z</CreDtTm>"
            f"<FrToDt><FrDtTm>{first}T00:00:00Z</FrDtTm><ToDtTm>{last}T23:59:59Z</ToDtTm></FrToDt>"
            f"<Acct><Id><IBAN>{CALDER}</IBAN></Id><Ccy>USD</Ccy><Ownr><Nm>Calder &amp; Rowe LLP Client Account</Nm></Ownr>"
            f"<Svcr><FinInstnId><BICFI>QXUKGB2L</BICFI></FinInstnId></Svcr></Acct>{bal('OPBD', opening, first)}{bal('CLBD', balance, last)}"
            f"<TxsSummry><TtlCdtNtries><NbOfNtries>{sum(x.amount > 0 for x in lines)}</NbOfNtries><Sum>{total_in / 100:.2f}</Sum></TtlCdtNtries>"
            f"<TtlDbtNtries><NbOfNtries>{sum(x.amount < 0 for x in lines)}</NbOfNtries><Sum>{total_out / 100:.2f}</Sum></TtlDbtNtries></TxsSummry>"
            + "".join(entries)
            + "</Stmt>"
        )
    assert balance == 22_000_00
    (RAW / "calder_rowe_client_usd.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>CR-2024</MsgId><CreDtTm>2025-01-06T09:00:00Z</CreDtTm></GrpHdr>"
        + "\n".join(parts)
        + "</BkToCstmrStmt></Document>\n",
        "utf-8",
    )


def german(minor: int) -> str:
    text = f"{abs(minor) // 100:,}".replace(",", ".") + f",{abs(minor) % 100:02d}"
    return ("-" if minor < 0 else "") + text


def write_german_csv(name: str, lines: list[Line], balance: int) -> int:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([f"Kontoauszug {MEIYAO}", "Lin Meiyao"])
    writer.writerow(["Kontowährung", "EUR"])
    writer.writerow([])
    writer.writerow(
        [
            "Buchungstag",
            "Valuta",
            "Buchungstext",
            "Verwendungszweck",
            "Auftraggeber/Empfänger",
            "Konto Gegenseite",
            "Betrag",
            "Währung",
            "Saldo",
            "Originalbetrag",
            "Originalwährung",
            "Kurs",
            "Referenz",
        ]
    )
    for x in lines:
        balance += x.amount
        writer.writerow(
            [
                f"{x.day:%d.%m.%Y}",
                f"{x.day:%d.%m.%Y}",
                "GUTSCHRIFT" if x.amount > 0 else "BARAUSZAHLUNG" if x.kind == "BAR" else "ÜBERWEISUNG",
                x.text,
                x.name,
                x.account,
                german(x.amount),
                "EUR",
                german(balance),
                x.original,
                "USD" if x.original else "",
                x.rate,
                x.reference,
            ]
        )
    (RAW / name).write_bytes(out.getvalue().encode("cp1252"))
    return balance


def write_salary() -> None:
    """Write the salary account in three productions: a quarter as PDF, a year as CSV, a quarter as OFX."""
    lines = salary()
    assert write_chinese_pdf(lines[:9], 6_200_00) == 30_215_44
    end = write_chinese_csv(lines[9:45], 30_215_44)
    write_ofx(lines[45:], end)


def write_chinese_csv(lines: list[Line], balance: int) -> int:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["东澜商业银行账户交易明细"])
    writer.writerow([f"账号:{HAOSHENG}", "户名:林浩晟"])
    writer.writerow(["交易日期", "交易时间", "摘要", "对方户名", "对方账号", "收入", "支出", "余额", "币种", "流水号"])
    income, expense = 0, 0
    for x in lines:
        balance += x.amount
        income, expense = income + max(x.amount, 0), expense + max(-x.amount, 0)
        writer.writerow(
            [
                f"{x.day:%Y%m%d}",
                "09:30:00",
                x.text,
                x.name,
                x.account,
                f"{x.amount / 100:.2f}" if x.amount > 0 else "",
                f"{-x.amount / 100:.2f}" if x.amount < 0 else "",
                f"{balance / 100:.2f}",
                "人民币",
                x.reference,
            ]
        )
    writer.writerow(["合计", "", "", "", "", f"{income / 100:.2f}", f"{expense / 100:.2f}", "", "", ""])
    (RAW / "lin_haosheng_cny.csv").write_bytes(out.getvalue().encode("gb18030"))
    return balance


def yuan(minor: int) -> str:
    return f"{abs(minor) // 100:,}.{abs(minor) % 100:02d}"


def write_chinese_pdf(lines: list[Line], balance: int) -> int:
    """Two pages: carried and brought forward, the other party's account on a second line, totals, a foot on every page."""
    columns = (
        ("交易日期", 40, "left"),
        ("摘要", 104, "left"),
        ("对方户名/账号", 150, "left"),
        ("流水号", 262, "left"),
        ("支出", 402, "right"),
        ("收入", 476, "right"),
        ("余额", 556, "right"),
    )
    income, expense = sum(max(x.amount, 0) for x in lines), sum(max(-x.amount, 0) for x in lines)
    opening, pages, page = balance, [], []
    page.append(("", "期初余额", "", "", "", "", yuan(opening)))
    for number, line in enumerate(lines, 1):
        balance += line.amount
        out, into = ("", yuan(line.amount)) if line.amount > 0 else (yuan(line.amount), "")
        page.append((f"{line.day:%Y-%m-%d}", line.text, line.name, line.reference, out, into, yuan(balance)))
        page.append(("", "", line.account, "", "", "", ""))
        if number == 6:
            page.append(("", "过次页", "", "", "", "", yuan(balance)))
            pages.append(page)
            page = [("", "承前页", "", "", "", "", yuan(balance))]
    page.append(("", "期末余额", "", "", "", "", yuan(balance)))
    page.append(("合计", "", "", "", yuan(expense), yuan(income), ""))
    pages.append(page)
    font = FontProperties(fname=FontPath(str(CJK), 2), size=9)
    out_file = io.BytesIO()
    with (
        rc_context({"pdf.fonttype": 42, "text.parse_math": False}),
        PdfPages(
            out_file, metadata={"CreationDate": None, "Creator": "Donglan e-statement", "Producer": "make.py"}
        ) as book,
    ):
        for number, rows in enumerate(pages, 1):
            figure = Figure(figsize=(595 / 72, 842 / 72))
            FigureCanvasPdf(figure)

            def put(x: float, y: float, text: str, side: str = "left", figure: Figure = figure) -> None:
                figure.text(x / 595, 1 - y / 842, text, ha=side, va="baseline", fontproperties=font)

            for at, text in enumerate(
                (
                    "东澜商业银行 个人账户对账单",
                    f"户名:林浩晟    账号:{HAOSHENG}    币种:人民币",
                    "起止日期:2023-10-01 至 2023-12-31",
                )
            ):
                put(40, 50 + 15 * at, text)
            for name, x, side in columns:
                put(x, 110, name, side)
            figure.add_artist(Line2D((40 / 595, 556 / 595), (1 - 115 / 842,) * 2, color="black", linewidth=0.6))
            for at, cells in enumerate(rows, 1):
                for (_, x, side), cell in zip(columns, cells, strict=True):
                    if cell:
                        put(x, 110 + 17 * at, cell, side)
            put(40, 800, f"第 {number} 页 共 {len(pages)} 页    本对账单为虚构样本")
            book.savefig(figure)
    (RAW / "lin_haosheng_cny_2023q4.pdf").write_bytes(out_file.getvalue())
    return balance


def write_ofx(lines: list[Line], balance: int) -> None:
    """A file for a home-finance program: no running balance, no opening one, days without a time."""
    body = []
    for x in lines:
        balance += x.amount
        body.append(
            f"<STMTTRN><TRNTYPE>{'DIRECTDEP' if x.text == '工资' else 'PAYMENT'}<DTPOSTED>{x.day:%Y%m%d}<TRNAMT>{x.amount / 100:.2f}"
            f"<FITID>{x.reference}<NAME>{x.name}<BANKACCTTO><BANKID>QXDL<ACCTID>{x.account}<ACCTTYPE>CHECKING</BANKACCTTO>"
            f"<MEMO>{x.text}</STMTTRN>"
        )
    text = "\r\n".join(
        (
            "OFXHEADER:100", "DATA:OFXSGML", "VERSION:160", "SECURITY:NONE", "ENCODING:UNICODE", "CHARSET:NONE", "COMPRESSION:NONE",
            "OLDFILEUID:NONE", "NEWFILEUID:NONE", "", "<OFX>",
            "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20250402<LANGUAGE>ZHO</SONRS></SIGNONMSGSRSV1>",
            "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>CNY",
            f"<BANKACCTFROM><BANKID>QXDL<ACCTID>{HAOSHENG}<ACCTTYPE>CHECKING</BANKACCTFROM>",
            "<BANKTRANLIST><DTSTART>20250101<DTEND>20250331", *body, "</BANKTRANLIST>",
            f"<LEDGERBAL><BALAMT>{balance / 100:.2f}<DTASOF>20250331</LEDGERBAL>", "</STMTRS></STMTTRNRS></BANKMSGSRSV1>", "</OFX>", "",
        )
    )  # fmt: skip
    (RAW / "lin_haosheng_cny_2025q1.ofx").write_bytes(text.encode())


def write_messages() -> None:

    def crlf(text: str) -> bytes:
        return text.strip().replace("\n", "\r\n").encode("ascii")

    (RAW / "mt103_first_instalment.fin").write_bytes(
        crlf(f"""
{{1:F01QXDEDEFFAXXX0000000000}}{{2:I103QXNBUS33XXXXN}}{{3:{{121:{E1_UETR}}}}}{{4:
:20:MDG240312-01
:23B:CRED
:32A:240312USD1200000,00
:33B:USD1200000,00
:50K:/{CONTRACTOR}
MERIDIAN DREDGING GMBH
KAI 4
HAMBURG
:53B:/400112200
:57A:QXHKHKHHXXX
:59:/{BRIGHTWATER}
BRIGHTWATER TRADING LTD
HONG KONG
:70:CONSULTANCY AGREEMENT 2024-02
:71A:OUR
-}}""")
    )
    (RAW / "mt103_second_instalment.fin").write_bytes(
        crlf(f"""
{{1:F01QXDEDEFFAXXX0000000000}}{{2:I103QXAEAEADXXXXN}}{{3:{{121:{E2_UETR}}}}}{{4:
:20:MDG240716-04
:23B:CRED
:32A:240716USD800000,00
:50K:/{CONTRACTOR}
MERIDIAN DREDGING GMBH
KAI 4
HAMBURG
:53A:/400112200
QXNBUS33XXX
:54A:QXMBUS3NNYC
:59:/{NORTHQUAY}
NORTHQUAY SHIPPING FZE
DUBAI
:70:SUCCESS FEE BERTH 9
:71A:OUR
-}}""")
    )
    (RAW / "mt202cov_second_instalment.fin").write_bytes(
        crlf(f"""
{{1:F01QXDEDEFFAXXX0000000000}}{{2:I202QXNBUS33XXXXN}}{{3:{{119:COV}}{{121:{E2_UETR}}}}}{{4:
:20:MDGCOV240716
:21:MDG240716-04
:32A:240716USD800000,00
:53B:/400112200
:57A:QXMBUS3NNYC
:58A:QXAEAEADXXX
:50K:/{CONTRACTOR}
MERIDIAN DREDGING GMBH
KAI 4
HAMBURG
:59:/{NORTHQUAY}
NORTHQUAY SHIPPING FZE
DUBAI
:70:SUCCESS FEE BERTH 9
-}}""")
    )
    (RAW / "mt910_second_instalment.fin").write_bytes(
        crlf("""
{1:F01QXAEAEADAXXX0000000000}{2:O9101540240716QXMBUS3NANYC00000000002407161541N}{4:
:20:QXM9100716
:21:MDG240716-04
:25:890044771
:32A:240716USD800000,00
:52A:QXDEDEFFXXX
:56A:QXNBUS33XXX
-}""")
    )
    (RAW / "pacs008_house.xml").write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="urn:example:envelope"><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
<Fr><FIId><FinInstnId><BICFI>QXUKGB2LXXX</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>QXMBUS3NXXX</BICFI></FinInstnId></FIId></To>
<BizMsgIdr>CR240325-HSE-1</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr><CreDt>2024-03-25T10:02:00Z</CreDt></AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>CR240325-HSE-1</MsgId><CreDtTm>2024-03-25T10:02:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>
<SttlmInf><SttlmMtd>INDA</SttlmMtd><SttlmAcct><Id><Othr><Id>771200345</Id></Othr></Id></SttlmAcct></SttlmInf></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>CR240325-HSE</InstrId><EndToEndId>CR240325-HSE</EndToEndId><UETR>{HOUSE_UETR}</UETR></PmtId>
<IntrBkSttlmAmt Ccy="USD">720000.00</IntrBkSttlmAmt><IntrBkSttlmDt>2024-03-25</IntrBkSttlmDt><InstdAmt Ccy="USD">720000.00</InstdAmt><ChrgBr>SHAR</ChrgBr>
<InstgAgt><FinInstnId><BICFI>QXUKGB2LXXX</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>QXMBUS3NXXX</BICFI></FinInstnId></InstdAgt>
<Dbtr><Nm>Calder &amp; Rowe LLP Client Account</Nm></Dbtr><DbtrAcct><Id><IBAN>{CALDER}</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>QXUKGB2LXXX</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>QXMBUS3NNYC</BICFI></FinInstnId></CdtrAgt>
<Cdtr><Nm>Harborline Title and Escrow Inc</Nm></Cdtr><CdtrAcct><Id><Othr><Id>{ESCROW}</Id></Othr></Id></CdtrAcct>
<RmtInf><Ustrd>PURCHASE 12 LANTERN COVE</Ustrd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf></Document></Envelope>
""",
        "utf-8",
    )


def bods(kind: str, record: str, details: dict[str, object], subject: str = "") -> dict[str, object]:
    return {
        "statementId": f"harbour-{record}",
        "statementDate": "2024-02-01",
        "declaration": "harbour-register-extract",
        "declarationSubject": subject or record,
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": details,
        "publicationDetails": {
            "publicationDate": "2024-02-01",
            "bodsVersion": "0.4",
            "publisher": {"name": "Sample registry extract"},
        },
    }


def write_bods() -> None:
    def person(record: str, *names: str, nationality: str = "") -> dict[str, object]:
        details: dict[str, object] = {
            "isComponent": False,
            "personType": "knownPerson",
            "names": [{"type": "legal" if i == 0 else "alternative", "fullName": n} for i, n in enumerate(names)],
        }
        if nationality:
            details["nationalities"] = [{"code": nationality}]
        return bods("person", record, details)

    def entity(record: str, name: str, country: str, scheme: str = "", number: str = "") -> dict[str, object]:
        details: dict[str, object] = {
            "isComponent": False,
            "entityType": {"type": "registeredEntity"},
            "name": name,
            "jurisdiction": {"code": country},
        }
        if number:
            details["identifiers"] = [{"scheme": scheme, "id": number}]
        return bods("entity", record, details)

    def holds(
        record: str, owner: str, subject: str, share: float | dict[str, object], kind: str = "shareholding"
    ) -> dict[str, object]:
        interest: dict[str, object] = {
            "type": kind,
            "directOrIndirect": "direct",
            "beneficialOwnershipOrControl": False,
            "startDate": "2023-05-02",
        }
        if share is not None:
            interest["share"] = share if isinstance(share, dict) else {"exact": share}
        return bods(
            "relationship",
            record,
            {"isComponent": False, "subject": subject, "interestedParty": owner, "interests": [interest]},
            subject,
        )

    statements = [
        person("lin-haosheng", "Lin Haosheng", "林浩晟", nationality="CN"),
        person("lin-meiyao", "Lin Meiyao", "林美瑶", nationality="CN"),
        person("samir-nasser", "Samir Daoud Nasser", "سمير داود ناصر", nationality="AE"),
        entity("brightwater", "Brightwater Trading Limited", "HK", "HK-CR", "9900411"),
        entity("northquay", "Northquay Shipping FZE", "AE", "AE-FZ", "QX-2207"),
        entity("harborline", "Harborline Residences LLC", "US", "US-DE", "9900771"),
        entity("quayside", "Quayside Holdings Ltd", "GB", "GB-COH", "09990017"),
        entity("tidewater-one", "Tidewater One Ltd", "GB", "GB-COH", "09990021"),
        entity("tidewater-two", "Tidewater Two Ltd", "GB", "GB-COH", "09990022"),
        holds("h1", "quayside", "harborline", 100),
        holds("h2", "lin-meiyao", "quayside", 40),
        holds("h3", "tidewater-one", "quayside", 35),
        holds("h4", "samir-nasser", "quayside", 25),
        holds("h5", "lin-haosheng", "tidewater-one", 60),
        holds("h6", "tidewater-two", "tidewater-one", 40),
        holds("h7", "tidewater-one", "tidewater-two", 30),
        holds("h8", "lin-meiyao", "tidewater-two", 70),
        holds("h9", "samir-nasser", "brightwater", 100),
        holds("h10", "quayside", "northquay", 100),
        bods(
            "relationship",
            "n1",
            {
                "isComponent": False,
                "subject": "quayside",
                "interestedParty": "samir-nasser",
                "interests": [
                    {
                        "type": "nominee",
                        "directOrIndirect": "direct",
                        "beneficialOwnershipOrControl": False,
                        "details": "declaration of trust of 2023-05-02 for lin-haosheng",
                        "startDate": "2023-05-02",
                    }
                ],
            },
            "quayside",
        ),
        bods(
            "relationship",
            "n2",
            {
                "isComponent": False,
                "subject": "quayside",
                "interestedParty": "lin-haosheng",
                "interests": [
                    {
                        "type": "nominator",
                        "directOrIndirect": "indirect",
                        "beneficialOwnershipOrControl": True,
                        "details": "nominee: samir-nasser",
                        "startDate": "2023-05-02",
                    }
                ],
            },
            "quayside",
        ),
    ]
    (RAW / "ownership_bods.json").write_text(json.dumps(statements, ensure_ascii=False, indent=1) + "\n", "utf-8")


def write_psc() -> None:
    def line(number: str, slug: str, kind: str, name: str, natures: list[str], **more: object) -> str:
        return json.dumps(
            {
                "company_number": number,
                "data": {
                    "kind": kind,
                    "name": name,
                    "natures_of_control": natures,
                    "notified_on": "2023-05-10",
                    "etag": f"{sum(map(ord, slug)):040x}",
                    "links": {"self": f"/company/{number}/persons-with-significant-control/individual/{slug}"},
                    **more,
                },
            },
            ensure_ascii=False,
        )

    rows = [
        line(
            "09990033",
            "lmy-01",
            "individual-person-with-significant-control",
            "Ms Meiyao Lin",
            ["ownership-of-shares-25-to-50-percent", "voting-rights-25-to-50-percent"],
            name_elements={"forename": "Meiyao", "surname": "Lin", "title": "Ms"},
            nationality="Chinese",
            country_of_residence="Germany",
            date_of_birth={"month": 9, "year": 1984},
        ),
        line(
            "09990033",
            "sdn-01",
            "individual-person-with-significant-control",
            "Mr Samir Daoud Nasser",
            ["ownership-of-shares-50-to-75-percent", "voting-rights-50-to-75-percent"],
            name_elements={"forename": "Samir", "surname": "Nasser", "title": "Mr"},
            nationality="Emirati",
            country_of_residence="United Arab Emirates",
            date_of_birth={"month": 2, "year": 1979},
        ),
    ]
    (RAW / "psc_lantern_quay.jsonl").write_text("\n".join(rows) + "\n", "utf-8")


def write_registers() -> None:
    (RAW / "assets.csv").write_text(
        "record,class,description,country,district,titleholder,acquired,price,currency,paid_account,paid_reference,value_now,value_date,value_source,encumbrance\n"
        f'HOUSE-12LC,real_estate,"12 Lantern Cove, Parcel 04-117-0032, Harborline County",US,D. Example,harborline,2024-03-25,720000.00,USD,{CALDER},CR240325-HSE,755000.00,2025-03-31,county assessment roll 2025,\n'
        f'FLAT-RF7,real_estate,"Rua do Farol 7, 4B, land register entry 2207/20240730, Lisbon",PT,Lisbon,GB-COH-09990033,2024-07-30,215000.00,EUR,{MEIYAO},LMY240730-FLAT,221000.00,2025-03-31,valuation letter,\n'
        f'BROK-2207,securities,"Pelican Securities plc, client LMY-2207, cash and fund units",GB,London,lin-meiyao,2024-04-19,800000.00,USD,{NORTHQUAY},NQS240419-02;NQS240812-01,812400.00,2025-03-31,custody statement,\n',
        "utf-8",
    )
    (RAW / "accounts.csv").write_text(
        "number,iban,bank,bic,country,currency,kind,title,holder,beneficial_owner,signatories,opened,closed,facility\n"
        f"{BRIGHTWATER},,Quay Harbour Bank,QXHKHKHH,HK,USD,current,Brightwater Trading Limited,brightwater,,samir-nasser,2023-09-18,,\n"
        f"{NORTHQUAY},{NORTHQUAY},Quay Emirates Bank,QXAEAEAD,AE,USD,current,Northquay Shipping FZE,northquay,,samir-nasser,2023-11-02,,50000.00\n"
        f"{CALDER},{CALDER},Quay London Bank,QXUKGB2L,GB,USD,client account,Calder & Rowe LLP Client Account,calder-rowe,,,2015-01-05,,\n"
        f"{MEIYAO},{MEIYAO},Quay Hanse Bank,QXDEDEFF,DE,EUR,current,Lin Meiyao,lin-meiyao,,lin-meiyao,2019-06-14,,\n"
        f"{HAOSHENG},,东澜商业银行,,CN,CNY,salary,林浩晟,lin-haosheng,,lin-haosheng,2011-03-07,,\n",
        "utf-8",
    )


def write_others() -> None:
    (RAW / "contract_award_berth9.txt").write_text(
        "EXTRACT OF MINUTES (synthetic)\nDonglan Harbour Bureau, tender committee, 6 March 2024.\n"
        "Berth 9 dredging contract awarded to Meridian Dredging GmbH on the casting vote of the deputy director, Mr Lin Haosheng.\n"
        "东澜港务局招标委员会会议纪要（虚构）：二〇二四年三月六日，九号泊位疏浚合同授予 Meridian Dredging GmbH。\n",
        "utf-8",
    )
    (RAW / "interview_contractor.txt").write_text(
        "RECORD OF INTERVIEW (synthetic), 14 January 2025. The contractor's finance manager states that two payments were agreed with\n"
        "Mr Lin before the award: USD 1,200,000 on award and USD 800,000 on handover, to companies that he named.\n",
        "utf-8",
    )
    (RAW / "fiu_lead.txt").write_text(
        "FIU-REPORT/1\nreference: LANTERNFISH-0091\nreceived: 2024-11-20\nsubject: Lin Meiyao\nsubject: Zephyrine Quillfeather\naccount: ZZ-774411-LANTERN\n"
        "text: Lead LANTERNFISH: a further account ZZ-774411-LANTERN of Zephyrine Quillfeather may hold USD 313131.31 for the official's sister.\n",
        "utf-8",
    )


def main() -> None:
    RAW.mkdir(exist_ok=True)
    write_mt940()
    write_xlsx()
    write_camt()
    assert write_german_csv("lin_meiyao_eur_2024-01_07.csv", MEIYAO_LINES, 12_500_00) == 35_000_00
    assert write_german_csv("lin_meiyao_eur_2024-09_2025-03.csv", MEIYAO_LATER, 27_400_00) == 3_900_00
    write_salary()
    write_messages()
    write_bods()
    write_psc()
    write_registers()
    write_others()
    count = sum(map(len, (BRIGHTWATER_LINES, NORTHQUAY_LINES, CALDER_LINES, MEIYAO_LINES, MEIYAO_LATER, salary())))
    print(f"{count} postings, {len(list(RAW.iterdir()))} files in {RAW}")


if __name__ == "__main__":
    main()
