"""Schemas a person gives are advice: what departs is told, and nothing is refused or flagged for it."""

from pathlib import Path

import pytest

import tracer
from tracer.case import Case

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{space}" targetNamespace="{space}" elementFormDefault="qualified">
{more}<xs:element name="Document"><xs:complexType><xs:sequence><xs:element name="BkToCstmrStmt"><xs:complexType><xs:sequence>
<xs:element name="GrpHdr"><xs:complexType><xs:sequence><xs:element name="MsgId" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:any processContents="skip" minOccurs="1" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
FILE = f"""<Envelope><Document xmlns="{SPACE}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>1</Id>
<Acct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2024-03-01</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document></Envelope>"""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return tracer.new(
        tmp_path_factory.mktemp("schema") / "case", id="X-1", title="T", as_of="2026-01-01", by="A. Officer"
    )


def load(case: Case, tmp_path: Path, text: str, schema: str = "", name: str = "camt.053.001.08.xsd"):
    (tmp_path / "xsd").mkdir()
    if schema:
        (tmp_path / "xsd" / name).write_text(schema, "utf-8")
    path = tmp_path / "a.xml"
    path.write_text(text, "utf-8")
    view = case.load(path, answers={"schemas": str(tmp_path / "xsd")})
    (row,) = view
    told = [
        (check["outcome"], check["note"])
        for check in case.ledger.scan("reconciliation").to_pylist()
        if check["check"] == "schema" and check["exhibit"] == case.exhibits.all()[-1].sha256
    ]
    return row["outcome"], view.check(), told


def test_a_document_that_meets_its_schema_says_so(case: Case, tmp_path: Path) -> None:
    outcome, problems, told = load(case, tmp_path, FILE, SCHEMA.format(space=SPACE, more=""))
    assert (outcome, problems, told) == ("loaded-and-reconciled", (), [("ok", "meets the schema of camt.053.001.08")])
    (kept,) = (case.folder / "exhibits" / "schemas").iterdir()
    assert kept.read_text("utf-8") == SCHEMA.format(space=SPACE, more="")


def test_what_departs_is_told_and_loaded_all_the_same(case: Case, tmp_path: Path) -> None:
    text = FILE.replace("<MsgId>M1</MsgId>", "<MsgId>M2</MsgId><Odd/>")
    outcome, problems, told = load(case, tmp_path, text, SCHEMA.format(space=SPACE, more=""))
    assert outcome == "loaded-and-reconciled"
    ((verdict, note),) = told
    assert verdict == "not_stated"
    assert note.startswith(
        "advice: departs from the schema of camt.053.001.08, and is read as it stands: line 1: Element 'Odd'"
    )
    assert any(note in one for one in problems)


@pytest.mark.parametrize(
    ("schema", "name", "why"),
    [
        ("", "", "no schema of camt.053.001.08 is among those given"),
        (SCHEMA.format(space=SPACE, more='<xs:include schemaLocation="file:///etc/passwd"/>'), "camt.053.001.08.xsd", "draws in other schemas"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + SCHEMA.format(space=SPACE, more=""), "camt.053.001.08.xsd", "document type (DTD)"),
        ("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element/></xs:schema>", "camt.053.001.08.xsd", "is no schema"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_stops_nothing(
    case: Case, tmp_path: Path, schema: str, name: str, why: str
) -> None:
    outcome, problems, told = load(case, tmp_path, FILE.replace("M1", f"N{len(schema)}"), schema, name or "x.xsd")
    assert outcome == "loaded-and-reconciled"
    assert any(why in note for _, note in told), told
    assert all(verdict == "not_stated" for verdict, _ in told)
    assert any(why in one for one in problems)


def test_a_folder_that_is_not_there_is_refused_before_anything_is_read(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "b.xml"
    path.write_text(FILE.replace("M1", "M9"), "utf-8")
    with pytest.raises(tracer.model.CaseError, match="folder of schemas"):
        case.load(path, answers={"schemas": str(tmp_path / "none")})


def test_the_report_is_made_again_without_the_folder(case: Case) -> None:
    before = case.ledger.content_head()
    case.rebuild()
    assert case.ledger.content_head() == before
