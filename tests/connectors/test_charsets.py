"""Texts in a charset that no mark names: UTF-16 by its zero bytes, Chinese by its common characters; what is guessed is told."""

from pathlib import Path
from types import ModuleType

import pytest

from connectors import bai2, camt, faim, mt940, mt_payments, ofx, pacs, qif, table
from tests.connectors.tables import source
from tests.connectors.test_pacs import credit
from tracer.ingest.charset import eastern
from tracer.ingest.marks import kind_of
from tracer.ingest.proposal import propose
from tracer.ingest.source import decode
from tracer.model import Message, Posting, Reject, Statement

NAME = "上海鑫源国际贸易有限公司"
STATEMENT = f":20:S1\n:25:4711\n:28C:1/1\n:60F:C240301EUR100,00\n:61:2403130313C12,34NTRFR1\n:86:{NAME}\n:62F:C240331EUR112,34\n-\n"
ORDER = f"{{1:F01QXAAUS33AXXX0000000000}}{{2:I103QXBBDEFFXXXXN}}{{4:\n:20:R1\n:23B:CRED\n:32A:240313USD12345,67\n:50K:/47\n{NAME}\n:59:/11\nX\n:71A:SHA\n-}}"
WIRE = f"{{1500}}3000000 P {{1510}}1000{{1520}}20240313QMGFT001000001{{2000}}000001234567{{3100}}021000089BANK*{{3400}}026009593BANK*{{3600}}CTR{{4200}}D12*{NAME}*\n{{5000}}D47*{NAME}*\n"
CAMT = '<?xml version="1.0" encoding="UTF-16"?>\n<Document><BkToCstmrStmt><Stmt><Id>S</Id><Acct><Id><Othr><Id>4711</Id></Othr></Id></Acct><Ntry><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2024-03-13</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>'
OFX = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>4711<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240313<TRNAMT>-1.50<FITID>1</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
QIF = "!Account\nNMine\nTBank\n^\n!Type:Bank\nD13/03/2024\nT-1.50\nPX\n^\n"
BAI = "01,QXNBUS33,QXSGSGSG,240318,0700,1,80,,2/\n02,QXSGSGSG,026099998,1,240315,2400,USD,2/\n03,7001,USD,015,150,,/\n16,195,150,,,,X/\n49,300,3/\n98,300,1,5/\n99,300,1,7/\n"
CSV = "Date,Text,Amount,Balance\n2025-03-01,a,-7.10,100.00\n2025-03-02,b,-1.50,98.50\n"
PROFILE = """
profile: made_up/3
match: {header: [Date, Text, Amount, Balance]}
account: {scope: file, value: "4711"}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%Y-%m-%d"]}}
amount: {mode: signed, column: Amount}
numbers: {decimal: "."}
balance: {column: Balance}
details: [Text]
"""


def named(item: object) -> str:
    if isinstance(item, Posting):
        return item.details
    return " ".join(one.name for one in item.parties) if isinstance(item, Message) else ""


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
@pytest.mark.parametrize(("module", "text"), [(mt940, STATEMENT), (mt_payments, ORDER), (faim, WIRE)])
def test_chinese_names_are_read_and_the_charset_is_told_as_guessed(
    tmp_path: Path, module: ModuleType, text: str, encoding: str
) -> None:
    name = NAME if encoding == "gb18030" else "上海鑫源國際貿易有限公司"
    made = source(tmp_path, "a.txt", text.replace(NAME, name).encode(encoding))
    assert module.CONNECTOR.claims(made)
    items = list(module.CONNECTOR.read(made))
    assert any(name in named(item) for item in items)
    marks = [mark for item in items if isinstance(item, Message | Statement) for mark in item.marks]
    assert f"charset guessed: {encoding}" in marks
    assert kind_of(f"charset guessed: {encoding}").is_doubt
    stated = source(tmp_path, "a.txt", text.replace(NAME, name).encode(encoding), encoding=encoding)
    answered = [item for item in module.CONNECTOR.read(stated) if isinstance(item, Message | Statement)]
    assert not [mark for item in answered for mark in item.marks if mark.startswith("charset")]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (NAME, "gb18030"),
        ("中国银行", "gb18030"),
        ("주식회사 한국무역 대표이사 서울특별시 강남구", "cp949"),
        ("Möwe Schiffahrt, Überweisung für Köln", ""),
        ("Société générale, août, dû à Hervé", ""),
        ("ПЛАТЕЖ ПО ДОГОВОРУ за услуги связи", ""),
        ("Žluťoučký kůň", ""),
        ("", ""),
    ],
)
def test_a_charset_is_taken_for_what_is_common_in_it(text: str, encoding: str) -> None:
    single = "cp1251" if "П" in text else "cp1250" if "Ž" in text else "cp1252"
    assert eastern(text.encode(encoding or single)) == encoding


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("module", "text", "profile", "answers"),
    [
        (mt940, STATEMENT, "", {}),
        (mt_payments, ORDER, "", {}),
        (faim, WIRE, "", {}),
        (camt, CAMT, "", {}),
        (pacs, credit(), "", {}),
        (ofx, OFX, "", {}),
        (bai2, BAI, "", {}),
        (qif, QIF, "", {"currency": "USD", "account": "4711", "decimal": "."}),
        (table, CSV, PROFILE, {}),
    ],
)
def test_utf_16_without_a_byte_order_mark_is_read_as_it_is_with_one(
    tmp_path: Path, module: ModuleType, text: str, profile: str, answers: dict[str, str], encoding: str
) -> None:
    plain = source(tmp_path, "a", text.replace('encoding="UTF-16"', 'encoding="UTF-8"'), profile, **answers)
    made = source(tmp_path, "b", text.encode(encoding), profile, **answers)
    assert module.CONNECTOR.claims(plain)
    assert module.CONNECTOR.claims(made)
    assert module.CONNECTOR.count(made) == module.CONNECTOR.count(plain) > 0

    def amounts(of: object) -> list[tuple[int | None, str]]:
        items = list(module.CONNECTOR.read(of))
        assert not [item for item in items if isinstance(item, Reject)]
        return [
            (item.amount if isinstance(item, Posting) else item.settled, named(item))
            for item in items
            if isinstance(item, Posting | Message)
        ]

    assert amounts(made) == amounts(plain)


def test_a_text_of_zeros_here_and_there_is_no_utf_16() -> None:
    assert decode(b"A\x00B;12.50;100\n" * 20, "a")[1] == "utf-8"


CZECH = "Příkaz k úhradě, účet protistrany, Řehoř Šťastný"
POLISH = "Przelew wychodzący, Łódź, spółka Źródło"
GERMAN = "Überweisung, Größe, Möwe Schifffahrt"
FRENCH = "Virement reçu, société Élan, opérations à débiter"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        (CZECH, "cp1250"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        ("Sąskaita, Žemė, įmonė, mokėjimas už paslaugą", "cp1257"),
        ("Açıklama: döviz satışı, İğde şirketi", "cp1254"),
        ("Оплата по договору, ООО Звезда", "cp1251"),
        (GERMAN, "cp1252"),
        (FRENCH, "cp1252"),
    ],
)
def test_the_letters_of_a_language_tell_a_charset_of_one_byte(tmp_path: Path, name: str, encoding: str) -> None:
    """Czech of cp1250 read as cp1252 is letters all the same, `Pøíkaz`: no language has all of them."""
    text = CSV.replace(",a,", f',"{name}",')
    (statement, first, _) = table.CONNECTOR.read(source(tmp_path, "a.csv", text.encode(encoding), PROFILE))
    assert isinstance(first, Posting)
    assert first.details == name
    assert isinstance(statement, Statement)
    assert not any(mark.startswith("charset") for mark in statement.marks)


def test_letters_that_two_charsets_make_words_of_are_told(tmp_path: Path) -> None:
    text = CSV.replace(",a,", ',"Servicio año",')  # byte F1: ñ of cp1252, ń of cp1250
    statement, *_ = table.CONNECTOR.read(source(tmp_path, "a.csv", text.encode("cp1252"), PROFILE))
    assert isinstance(statement, Statement)
    (mark,) = [mark for mark in statement.marks if mark.startswith("charset guessed")]
    assert "año" in mark
    assert "ańo" in mark
    assert kind_of(mark).is_doubt
    answered = source(tmp_path, "a.csv", text.encode("cp1252"), PROFILE, encoding="cp1252")
    stated = next(iter(table.CONNECTOR.read(answered)))
    assert isinstance(stated, Statement)
    assert not any(mark.startswith("charset") for mark in stated.marks)
    (question,) = [q for q in propose(source(tmp_path, "a.csv", text.encode("cp1252"))).questions if "encoding" in q]
    assert "ańo" in question


def told_of_charset(folder: Path, data: bytes, profile: str, **answers: str) -> list[str]:
    statement = next(iter(table.CONNECTOR.read(source(folder, "a.csv", data, profile, **answers))))
    assert isinstance(statement, Statement)
    assert all(kind_of(mark).name != "unknown" for mark in statement.marks)
    return [mark for mark in statement.marks if mark.startswith("charset")]


YEAR = CSV.replace(",a,", ',"Servicio año",')  # F1 is ñ of cp1252, ń of cp1250


@pytest.mark.parametrize(
    ("account", "kind"),
    [
        ("ES3601820001350000000001", "charset-taken"),
        ("PL57102000010000000000000001", "charset-guessed"),
        ("4711", "charset-guessed"),
    ],
)
def test_the_country_of_the_account_settles_between_two_charsets_and_is_told(
    tmp_path: Path, account: str, kind: str
) -> None:
    (mark,) = told_of_charset(tmp_path, YEAR.encode("cp1252"), PROFILE.replace("4711", account))
    assert kind_of(mark).name == kind
    assert kind_of(mark).is_doubt == (kind == "charset-guessed")
    assert "ańo" in mark


def test_a_heading_that_the_profile_knows_settles_between_two_charsets(tmp_path: Path) -> None:
    """`Descripción` is that under cp1250, too, and settles nothing; `año` would be `ańo`."""
    text = YEAR.replace("Text", "Descripción del año")
    profile = PROFILE.replace("Text", "Descripción del año")
    (mark,) = told_of_charset(tmp_path, text.encode("cp1252"), profile)
    assert kind_of(mark).name == "charset-taken"
    assert "heading 'Descripción del año'" in mark
    (mark,) = told_of_charset(
        tmp_path, YEAR.replace("Text", "Descripción").encode("cp1252"), profile.replace(" del año", "")
    )
    assert kind_of(mark).name == "charset-guessed"


@pytest.mark.parametrize(
    ("text", "written", "named", "other"),
    [
        ("Servicio año", "cp1252", "cp1252", ""),
        ("Servicio año", "utf-8", "[utf-8, cp1252]", ""),
        ("Servicio año", "cp1252", "[utf-8, cp1252]", ""),
        ("Servicio año", "utf-8", "cp1252", "utf-8"),
        ("Příkaz k úhradě", "cp1250", "cp1252", "cp1250"),
        ("Šťastný", "cp1250", "cp1252", "cp1250"),  # 9D, ť, is nothing of cp1252
        (NAME, "utf-8", "gb18030", "utf-8"),
        (NAME, "gb18030", "gb18030", ""),
    ],
)
def test_a_charset_that_the_profile_names_is_doubted_only_against_the_bytes(
    tmp_path: Path, text: str, written: str, named: str, other: str
) -> None:
    data = CSV.replace(",a,", f',"{text}",').encode(written)
    marks = told_of_charset(tmp_path, data, f"{PROFILE}file: {{encoding: {named}}}\n")
    assert len(marks) == bool(other)
    assert all(kind_of(mark).name == "charset-contradicted" and mark.endswith(f" as {other}") for mark in marks)
    assert not told_of_charset(tmp_path, data, f"{PROFILE}file: {{encoding: {named}}}\n", encoding=written)
