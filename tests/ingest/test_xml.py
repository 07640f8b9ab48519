"""Guarded XML: what a hostile file may not do, and what an honest one of any encoding may."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from lxml import etree

from tests.connectors.goldens import opened
from tracer.ingest import find, installed, xml
from tracer.ingest.source import Source
from tracer.ingest.xml import documents, guarded_parse, iterparse, parse_file, text
from tracer.model import UnclaimedExhibit, UnreadableExhibit

BODY = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Nm>{}</Nm></BkToCstmrStmt></Document>'
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><Document><x>&l9;</x></Document>"
)


def put(folder: Path, data: str | bytes, **answers: str) -> Source:
    path = folder / "a.xml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return opened(path, **answers)


def walked(source: Source) -> list[str]:
    encoding = source.answers.get("encoding", "")
    return [text(one) for _, one in iterparse(source.path, source.exhibit.name, ("Nm",), encoding=encoding)]


def parsed(source: Source) -> list[str]:
    root = parse_file(source)
    return [text(one) for one in root.iter("{*}Nm")]


READERS = [pytest.param(walked, id="iterparse"), pytest.param(parsed, id="parse_file")]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(LAUGHS, "inflates itself|document type", id="a billion laughs"),
        pytest.param(
            f'<!DOCTYPE a [<!ENTITY b "{"x" * 50_000}">]><Document>{"&b;" * 50_000}</Document>',
            "inflates itself|document type",
            id="quadratic blow-up",
        ),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY a "&b;"><!ENTITY b "&a;">]><Document><Nm>&a;</Nm></Document>',
            "inflates itself|document type",
            id="entity that holds itself",
        ),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><Nm>&x;</Nm></Document>',
            "document type",
            id="external entity",
        ),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><Document/>',
            "document type",
            id="parameter entity",
        ),
        pytest.param('<!DOCTYPE a PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd"><Document/>', "document type", id="DTD"),
        pytest.param(
            "<?xml version='1.0'?><!-- " + "x" * 100_000 + " --><!DOCTYPE a><Document/>",
            "document type",
            id="DTD behind a long comment",
        ),
        pytest.param(
            ("\ufeff" + '<!DOCTYPE a [<!ENTITY x "y">]><Document/>').encode("utf-16-le"), "document type", id="UTF-16"
        ),
        pytest.param(
            "<Document>" + "<a>" * 300 + "</a>" * 300 + "</Document>",
            "10 MB, or elements more than 256 deep",
            id="depth",
        ),
        pytest.param(
            BODY.format("x" * 10_000_001), "10 MB, or elements more than 256 deep", id="text node of more than 10 MB"
        ),
        pytest.param(f'<Document a="{"x" * 10_000_001}"/>', "10 MB, or elements", id="attribute of more than 10 MB"),
        pytest.param(BODY.format("a\x00b"), "not well-formed", id="NUL"),
        pytest.param(BODY.format("&#0;"), "not well-formed", id="NUL as a reference"),
        pytest.param(BODY.format("\x08"), "not well-formed", id="control character"),
        pytest.param(BODY.format("&unknown;"), "not well-formed", id="entity that nobody declares"),
        pytest.param(BODY.format("a") + "tail", "not well-formed", id="text after the root"),
        pytest.param(BODY.format("a") + BODY.format("b"), "not well-formed", id="two roots"),
        pytest.param(BODY.format("a")[:-5], "not well-formed", id="cut short"),
        pytest.param(BODY.format("a") + "\x00" * 64, "not well-formed", id="NULs behind the root"),
        pytest.param('<?xml version="1.0" encoding="klingon"?><Document/>', "encoding", id="unknown encoding"),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-8"?>' + BODY.format("Z\xfcrich").encode("latin-1"),
            "not well-formed",
            id="declared UTF-8, written Latin-1",
        ),
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \r\n\t", "is empty", id="blank"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence_and_soon(tmp_path: Path, read, data, words) -> None:
    source = put(tmp_path, data)
    before = time.process_time()
    with pytest.raises(UnreadableExhibit, match=words) as refusal:
        read(source)
    assert time.process_time() - before < 5, "no file may hold the machine"
    what, where, meaning, following, name = refusal.value.lines()
    assert "a.xml" in what + where
    assert meaning.endswith(".")
    assert following.startswith("Next: ")
    assert name == "[UnreadableExhibit]"
    assert "root:" not in "\n".join(refusal.value.lines())


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "data",
    [
        BODY.format("Zürich 苏黎世"),
        "\ufeff" + BODY.format("Zürich 苏黎世"),
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n' + BODY.format("Zürich 苏黎世"),
        BODY.format("Zürich 苏黎世").encode("utf-16"),
        ("\ufeff" + BODY.format("Zürich 苏黎世")).encode("utf-16-be"),
        '<?xml version="1.0" encoding="UTF-16LE"?>'.encode("utf-16-le")
        + BODY.format("Zürich 苏黎世").encode("utf-16-le"),
        ('<?xml version="1.0" encoding="GB18030"?>' + BODY.format("Zürich 苏黎世")).encode("gb18030"),
        BODY.format("<![CDATA[Zürich 苏黎世]]>"),
        BODY.format("Z&#252;rich &#x82CF;&#x9ECE;&#x4E16;"),
        BODY.format("Zürich 苏黎世") + "<!-- end --><?pi?>\n",
    ],
)
def test_an_honest_file_of_any_encoding_reads_alike(tmp_path: Path, read, data) -> None:
    assert read(put(tmp_path, data)) == ["Zürich 苏黎世"]


@pytest.mark.parametrize("read", READERS)
def test_a_person_says_which_encoding_a_wrong_declaration_hides(tmp_path: Path, read) -> None:
    data = b'<?xml version="1.0" encoding="UTF-8"?>' + BODY.format("Z\xfcrich").encode("cp1252")
    assert read(put(tmp_path, data, encoding="windows-1252")) == ["Zürich"]
    with pytest.raises(UnreadableExhibit, match="encoding"):
        read(put(tmp_path, data, encoding="klingon"))


def test_the_line_of_the_break_is_named(tmp_path: Path) -> None:
    source = put(tmp_path, "<Document>\n<a>\n</b>\n</Document>")
    with pytest.raises(UnreadableExhibit) as refusal:
        parse_file(source)
    assert refusal.value.where == "a.xml:3"


@pytest.mark.parametrize("wrap", ["<p>{}</p>", "<e><p>{}</p></e>", "<e><h/><p> \n{}</p></e>"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_documents_carried_as_text_are_found(wrap: str, depth: int) -> None:
    inside = BODY.format("a")
    for _ in range(depth):
        inside = wrap.format(inside.replace("&", "&amp;").replace("<", "&lt;"))
    (found,) = documents(etree.fromstring(inside))
    assert (found.kind, found.message, found.carried) == ("BkToCstmrStmt", "camt.053.001.08", True)


def test_text_in_text_without_end_is_not_followed() -> None:
    inside = BODY.format("a")
    for _ in range(6):
        inside = f"<p>{inside.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    assert list(documents(etree.fromstring(inside))) == []


def test_a_carried_document_is_as_guarded_as_a_file() -> None:
    inside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><Nm>&x;</Nm></Document>'
    root = etree.fromstring(f"<e><p>{inside.replace('&', '&amp;').replace('<', '&lt;')}</p></e>")
    with pytest.raises(UnreadableExhibit, match="document type"):
        list(documents(root, "a.xml"))


def test_an_encoding_that_a_text_declares_no_longer_holds() -> None:
    """Decoded text is parsed as it stands, whatever encoding its first line still states."""
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>' + BODY.format("苏黎世")
    assert text(guarded_parse(declared, "a.xml")) == "苏黎世"


@pytest.mark.parametrize("line_end", ["", "\n"])
def test_what_a_parser_would_have_to_hold_is_bounded_however_long_a_line_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line_end: str
) -> None:
    records = [f"<Ntry>{'<a/>' * 60}</Ntry>{line_end}"] * 2_000
    path = put(tmp_path, f"<Document>{''.join(records)}</Document>").path
    monkeypatch.setattr(xml, "_HELD", 20_000)
    seen = 0
    for _, element in iterparse(path, "a.xml", ("Ntry",)):
        element.clear()
        seen += 1
    assert seen == 2_000, "many records are read, of which none is too large"
    with pytest.raises(UnreadableExhibit, match="One record of a.xml holds more than 20,000 tags"):
        list(iterparse(path, "a.xml", ("Document",)))
    monkeypatch.setattr(xml, "_TREE", 20_000)
    with pytest.raises(UnreadableExhibit, match="As one document a.xml holds more than 20,000 tags"):
        parse_file(put(tmp_path, path.read_bytes()))


def test_a_table_of_a_million_columns_is_refused_for_its_first_line(tmp_path: Path) -> None:
    source = put(tmp_path, "Date,Amount," + ",".join(f"c{n}" for n in range(1_000_000)) + "\n2024-01-01,5.00,x\n")
    with pytest.raises(UnclaimedExhibit, match="its first line is longer than 65,536 bytes"):
        find(source, installed())
