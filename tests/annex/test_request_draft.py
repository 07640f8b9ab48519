import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.annex.dossiers import dossier, planted
from tracer import annex, routes
from tracer.annex.request_draft import docx, paragraphs
from tracer.annex.sheets.s22_glossary import preferred
from tracer.annex.wording import FORMS, lint, say
from tracer.annex.workbook import planned
from tracer.model import CheckFailed

NUMBER = re.compile(r"[0-9][0-9,]*\.[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}")


@pytest.fixture(scope="module")
def plan():
    made = dossier(*planted())
    return planned(made, routes.evaluate("R4", made), "R4")


def test_both_languages_have_the_same_paragraphs_figures_and_dates(plan):
    for paragraph in paragraphs(plan):
        assert paragraph.en
        assert paragraph.zh
        assert sorted(NUMBER.findall(paragraph.en)) == sorted(NUMBER.findall(paragraph.zh)), paragraph.id


def test_the_parts_stand_in_the_order_of_the_convention(plan):
    headings = [p.en for p in paragraphs(plan) if p.level == 2]
    assert [h[0] for h in headings] == list("123456")
    assert [h.split()[1] for h in headings] == ["Authority", "Subject,", "Facts", "Assistance", "Identity", "Purpose"]


def test_what_a_person_must_supply_stays_missing(plan):
    text = "\n".join(p.en for p in paragraphs(plan))
    assert "DRAFT" in text
    for item in ("R4.4 official", "R4.6 penalty", "R4.6 translator", "R4.8 purpose"):
        assert f"[MISSING {item}" in text


def test_the_same_paragraph_ids_are_in_both_documents(plan, tmp_path):
    from docx import Document

    made, ids = paragraphs(plan), []
    for language in ("en", "zh"):
        path = tmp_path / f"{language}.docx"
        path.write_bytes(docx(plan, made, language))
        ids.append(re.findall(r'w:name="(p_[0-9_]+)"', Document(path).element.xml))
    assert ids[0] == ids[1]
    assert len(ids[0]) == len(made)


def test_an_authority_comes_from_data_and_is_unverified(plan):
    named = {a.id: (a.name_en, a.name_zh, a.mark(plan.case.as_of)) for a in routes.authorities().values()}
    text = "\n".join(p.en for p in paragraphs(plan, named))
    assert "Office of International Affairs (UNVERIFIED 未核实)" in text


def test_no_name_of_an_authority_stands_in_code():
    names = [n for a in routes.authorities().values() for n in (a.name_en, a.name_zh)]
    for room in (annex, routes):
        for path in Path(room.__file__).parent.rglob("*.py"):
            assert not [n for n in names if n in path.read_text("utf-8")], path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He laundered and hid it", ("laundered",)),
        ("hidden in a shell company", ("hidden", "shell company")),
        ("The Shamrock account", ()),
        ("资金涉嫌洗钱", ("洗钱",)),
        ('The witness said "it was a bribe" [EX-0001@line=2].', ()),
        ('He called it "a bribe".', ("bribe",)),
        ("paid in order to hide", ("in order to", "hide")),
    ],
)
def test_the_lint_finds_whole_words_in_both_languages(text, words):
    assert lint(text) == words


def test_names_and_titles_keep_their_own_wording():
    assert lint("Bribery Act 2010 applies", ("Bribery Act 2010",)) == ()


def test_the_sentence_forms_are_neutral_and_end_with_a_cite():
    for english, chinese in FORMS.values():
        assert not lint(english)
        assert not lint(chinese)
        assert english.endswith("].")
        assert chinese.endswith("]。")


def test_a_sentence_has_both_languages():
    en, zh = say("transfer", date="2024-01-02", amount="1.00", ccy="USD", a="A", b="B", X="EX-0001@line=1")
    assert en == "On 2024-01-02, 1.00 USD was transferred from A to B [EX-0001@line=1]."
    assert zh == "2024-01-02，1.00 USD 由A汇至B[EX-0001@line=1]。"


def test_generated_wording_that_argues_is_refused():
    made = dossier(*planted())
    gap = replace(made.gaps[0], ask_en="Records of the laundering account.")
    plan = planned(replace(made, gaps=(gap,)), (), "R4")
    with pytest.raises(CheckFailed, match="laundering"):
        paragraphs(plan)


def test_only_preferred_terms_are_printed():
    rows = preferred()
    assert ("asset recovery", "资产追回") in {(en, zh) for en, zh, _, _ in rows}
    assert "资产回收" not in {zh for _, zh, _, _ in rows}


def test_headings_use_no_wording_the_lint_refuses(plan):
    for sheet in plan.sheets.values():
        if sheet.tab in {"06_OFFENCES", "22_GLOSSARY"}:
            continue
        for table in sheet.tables():
            for column in table.columns:
                assert lint(column.en) + lint(column.zh) == (), (sheet.tab, column.key)


def test_the_words_of_a_floor_carry_the_ids_of_the_annex_in_both_languages(plan):
    posting, number = next(iter(plan.txn.items()))
    key, shown = next(iter(plan.dossier.account_ids.items()))
    assert (
        plan.told([f"The credit to account {key} (posting {posting})."])
        == f"The credit to account {shown} (posting {number})."
    )
    assert plan.told([f"账户{key}（记录{posting}）之后。"]) == f"账户{shown}（记录{number}）之后。"
    assert plan.told(["Only USD 40.00 remained."]) == "Only USD 40.00 remained."


def test_an_event_enters_at_hop_0_and_every_movement_is_one_more(plan):
    """Every debit that carries proceeds stands one hop behind the earliest entry of its money into the account."""
    flow = plan.sheets["11_FLOW"]
    rows = range(flow.top, flow.next_row)
    kinds = {(flow.get("kind", n), flow.get("hop", n)) for n in rows}
    assert {hop for kind, hop in kinds if kind == "introduced"} == {0}
    assert min(hop for kind, hop in kinds if kind in {"transfer", "asset", "leakage"}) == 1
