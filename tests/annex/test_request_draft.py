import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.annex.dossiers import Move, dossier, planted
from tracer import annex, routes
from tracer.annex.request_draft import docx, paragraphs
from tracer.annex.sheets.s22_glossary import preferred
from tracer.annex.wording import FORMS, lint, say
from tracer.annex.workbook import planned
from tracer.casefile import parse_case_file, template
from tracer.model import Asset, CheckFailed, GapEffect, Interest

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


# -- a figure never stands without its range


def amounts(minor):
    return f"{minor // 100:,}.{minor % 100:02d}"


def test_each_asset_states_every_rule_floor_ceiling_and_what_repaid_an_overdraft(plan):
    made = plan.dossier
    told = [(p.en, p.zh) for p in paragraphs(plan)]
    for number, record in (("A1", "VILLA"), ("A2", "YACHT")):
        (target,) = [t for t in made.trace.targets if t.target == f"sink:ASSET:{record}"]
        (n,) = [n for n, (en, _) in enumerate(told) if f"paid for {number} " in en and "printed rules" in en]
        figures = target.by_rule.values()
        for text in told[n]:
            assert all(amounts(figure) in text for figure in figures)
            assert amounts(min(figures)) in text
            assert amounts(max(figures)) in text
            assert amounts(target.recorded) in text
        english, chinese = told[n + 1]
        assert f"at least {amounts(target.bounds.floor)} USD (floor)" in english
        assert f"at most {amounts(target.bounds.ceiling)} USD (ceiling)" in english
        assert english.startswith("Whichever conserving rule is adopted")
        assert amounts(target.bounds.floor) in chinese
        assert amounts(target.bounds.ceiling) in chinese
        assert "overdraft" in told[n + 2][0]
        assert "透支" in told[n + 2][1]


def test_the_overdraft_that_took_proceeds_is_told_with_its_amount():
    opening = {"QX01:ALPHA": -40_00, "QX02:BETA": 0}
    moves = [
        Move("in", "QX01:ALPHA", 100_00, (("E1", 100_00),)),
        Move("out", "QX01:ALPHA", 50_00, target="sink:ASSET:VILLA"),
    ]
    made = dossier(opening, moves)
    texts = [p.en for p in paragraphs(planned(made, (), "R4"))]
    (found,) = [t for t in texts if "repaid the overdraft" in t]
    assert found.startswith(
        "Of event E1, 40.00 USD under every printed rule repaid the overdraft of AC-01 on 2024-01-02"
    )


def test_an_asset_that_no_payment_reaches_is_said_not_to_be_reached():
    made = dossier({"QX01:ALPHA": 0, "QX02:BETA": 0}, [Move("in", "QX01:ALPHA", 1_00, (("E1", 1_00),))])
    stated = {
        "x": Asset(made.postings[next(iter(made.postings))].cite, "VILLA", "real_estate", "Villa", currency="USD")
    }
    texts = [p.en for p in paragraphs(planned(replace(made, assets=stated), (), "R4"))]
    assert [t for t in texts if t.startswith("No payment in the records held leads from an event to A1 Villa")]
    assert not [t for t in texts if "printed rules" in t]


def test_an_asset_held_for_its_value_has_no_traced_figure():
    """CR6: theory `value` never carries a traced amount."""
    made = dossier(*planted())
    held = tuple(replace(a, theory="value") if a.record == "VILLA" else a for a in made.case.assets)
    plan = planned(replace(made, case=replace(made.case, assets=held)), (), "R4")
    texts = [p.en for p in paragraphs(plan)]
    assert not [t for t in texts if "paid for A1 " in t and "printed rules" in t]
    assert [t for t in texts if "paid for A2 " in t and "printed rules" in t]


def test_property_taken_together_has_the_joint_pair(plan):
    joint = [j for j in plan.trace.joint if j.ceiling and len(j.targets) > 1]
    texts = [p.en for p in paragraphs(plan) if "neither ceilings nor lowest figures are added up" in p.en]
    assert len(texts) == len(joint) > 0
    for text, one in zip(texts, joint, strict=True):
        assert f"at least {amounts(one.floor)} {one.currency} and at most {amounts(one.ceiling)}" in text


# -- what is missing, and how far it moves a figure


def gapped(kind, *effects):
    made = dossier(*planted())
    period = (date(2024, 3, 1), date(2024, 3, 31))
    gap = replace(made.gaps[0], kind=kind, period=period, effects=effects)
    told = paragraphs(planned(replace(made, gaps=(gap,)), (), "R4"))
    return [(p.en, p.zh) for p in told if "[16:G001]" in p.en and not p.id.startswith("4.")]


def test_a_missing_period_says_how_far_it_moves_each_figure_of_each_target():
    told = gapped(
        "missing_statement",
        GapEffect("sink:ASSET:VILLA", "USD", "libr", 1_00, 2_50),
        GapEffect("sink:ASSET:VILLA", "USD", "floor", 0, 3_00),
        GapEffect("sink:CASH", "USD", "fifo", 0, 4_00),
    )
    assert [en for en, _ in told] == [
        (
            "No record was available for AC-01 from 2024-03-01 to 2024-03-31; effect on the traced amount of A1: "
            "LIBR 1.00 to 2.50 USD, floor 0.00 to 3.00 USD [16:G001]."
        ),
        (
            "No record was available for AC-01 from 2024-03-01 to 2024-03-31; effect on the traced amount of cash withdrawn: "
            "FIFO 0.00 to 4.00 USD [16:G001]."
        ),
    ]
    assert "A1的追踪金额的影响为：LIBR 1.00 至 2.50 USD，下限 0.00 至 3.00 USD[16:G001]。" in told[0][1]


def test_a_missing_period_that_moves_nothing_says_so():
    ((english, chinese),) = gapped("missing_statement")
    assert "no traced amount stated here moves with it" in english
    assert "均不受其影响" in chinese


def test_a_day_without_an_order_says_what_its_order_moves():
    ((english, _),) = gapped("unordered_day", GapEffect("bal:QX01:ALPHA", "USD", "lifo", 5_00, 6_00))
    assert english == (
        "No record gives the order of the entries of AC-01 on 2024-03-01; effect of their order on the traced amount of "
        "the balance of AC-01: LIFO 5.00 to 6.00 USD [16:G001]."
    )
    assert gapped("unordered_day") == []


def test_the_range_over_orders_stands_beside_the_figure_of_the_order_taken():
    made = dossier(*planted())

    def ordered(target, **values):
        return replace(target, **values) if target.target == "sink:ASSET:VILLA" else target

    spans = {rule: (amount - 1_00 if rule == "libr" else amount, amount) for rule, amount in _villa(made).items()}
    for values, words, words_zh in (
        (
            {"by_order": spans, "orders": 2, "days": 1},
            "; over the 2 orders of 1 day whose order",
            "的 2 种次序下，最低与最高为",
        ),
        (
            {"by_order": spans, "orders": 0, "days": 9},
            "are too many to list, and floor and ceiling stand",
            "次序过多，未逐一列出",
        ),
    ):
        trace = replace(made.trace, targets=tuple(ordered(t, **values) for t in made.trace.targets))
        (told,) = [
            p
            for p in paragraphs(planned(replace(made, trace=trace), (), "R4"))
            if "paid for A1 " in p.en and "printed rules" in p.en
        ]
        assert words in told.en
        assert words_zh in told.zh
        assert (f"LIBR {amounts(spans['libr'][0])} to {amounts(spans['libr'][1])}, " in told.en) == (
            values["orders"] > 0
        )


def _villa(made):
    return next(t.by_rule for t in made.trace.targets if t.target == "sink:ASSET:VILLA")


def test_no_key_of_the_machine_names_an_account_or_a_payment(plan):
    made = plan.dossier
    gap = replace(made.gaps[0], ask_en="Statements of account QX01:ALPHA.", description_zh="账户 QX01:ALPHA：缺。")
    (told,) = [p for p in paragraphs(planned(replace(made, gaps=(gap,)), (), "R4")) if "Statements of account" in p.en]
    assert "QX01:ALPHA" not in told.en + told.zh
    assert "ALPHA (AC-01)" in told.en
    assert "ALPHA (AC-01)" in told.zh
    wire = replace(made.wires[0], requests=({"to": "QXBKUS33", "account": "1", "quote": ["R1"]},))
    texts = [p.en for p in paragraphs(planned(replace(made, wires=(wire,)), (), "R4"))]
    (asked,) = [text for text in texts if text.startswith("Records of payment ")]
    assert wire.wire_id not in asked
    assert any(f"payment {m.kind} {m.reference} held by QXBKUS33" in asked for m in made.messages.values())


# -- who owns, and which field proves


def owned(*more, chains=(), verdicts=()):
    made = dossier(*planted())
    interests = made.interests | {i.record: i for i in more}
    return replace(made, interests=interests, chains=chains or made.chains, verdicts=verdicts or made.verdicts)


def test_every_interest_on_which_a_law_answers_is_cited_with_or_without_a_share():
    """A nomination has no percentage, and a cross-holding is on no simple path: both carry the answer of a law."""
    made = dossier(*planted())
    at = next(iter(made.interests.values())).cite
    nominee = Interest(replace(at, locator="line=91"), "nom", "owner", "holdco", "nominee", None, None)
    cross = Interest(replace(at, locator="line=92"), "cross", "holdco", "owner", "shareholding", "3/10", "3/10")
    votes = Interest(replace(at, locator="line=93"), "votes", "owner", "holdco", "votingRights", "1/4", "1/2", True)
    answer = replace(made.verdicts[0], chains=("int-1", "nom", "cross", "votes"))
    plan = planned(owned(nominee, cross, votes, verdicts=(answer,)), (), "R4")
    texts = {p.en: p.zh for p in paragraphs(plan) if "@line=9" in p.en or "@line=3" in p.en}
    told = "\n".join(texts)
    assert "PTY-1 Lin Example as nominee with respect to PTY-2" in told or "as nominee with respect to" in told
    assert "holding 30% of" in told
    assert "holder of voting rights (more than 25% to 50%) with respect to" in told
    assert [zh for zh in texts.values() if "表决权持有人（25%（不含）至50%）" in zh]
    for line in ("@line=91]", "@line=92]", "@line=93]"):
        assert told.count(line) == 1
        assert sum(line in zh for zh in texts.values()) == 1


def test_a_sentence_on_a_wire_cites_only_what_proves_it():
    made = dossier(*planted())
    us = replace(made.wires[0].us[0], documents=("m1", *made.wires[0].documents[1:]), proof=(("m1", "56A"),))
    plan = planned(replace(made, wires=(replace(made.wires[0], us=(us,)),)), (), "R4")
    (text,) = [p.en for p in paragraphs(plan) if p.en.startswith("QXBKXXAA instructed")]
    assert re.findall(r"EX-[0-9]+@[^;\]]*", text) == [
        f"{plan.number(made.messages['m1'].cite.exhibit)}@message=1/field=56A"
    ]


# -- the Chinese draft is Chinese

#: Marks that the specification prints as they are, printed codes of the methods, currencies, and ids.
IDS = re.compile(r"R4\.[0-9]+|(?<![A-Za-z])(?:EX|PTY|AC|AS|TXN)-[A-Za-z0-9-]+|\[[^\]]*[@:_][^\]]*\]")
MARKS = re.compile(r"MISSING|UNVERIFIED|DRAFT|LIBR|FIFO|LIFO|PRORATA|DIFO|USD|EUR|UETR|15_METHODS|case\.yaml")


def latin(plan, named=None):
    """Return the Latin words of the Chinese draft that are no name, identifier or mark."""
    case, made = plan.case, plan.dossier
    names = [n.text for p in made.parties.values() for n in p.names] + [a.description for a in made.assets.values()]
    names += [x for e in case.events for x in (e.payer, e.payee)] + [w.wire_id for w in made.wires]
    names += [x for o in case.offences for x in (o.statute, o.title_zh)] + [m.kind for m in made.messages.values()]
    names += [x for m in made.messages.values() for x in (m.sender, m.receiver, m.reference)] + [*plan.names.values()]
    names += [x for w in made.wires for u in w.us for x in (u.id, u.place)] + [
        p.counterparty for p in made.postings.values()
    ]
    names += [q for w in made.wires for r in w.requests for q in (*r["quote"], r["to"], r["account"] or "")]
    names += [x for s in case.subjects for x in (s.name, s.party)] + case_codes(made)
    found = []
    for paragraph in paragraphs(plan, named):
        text = IDS.sub(" ", paragraph.zh)
        for name in sorted(filter(None, names), key=len, reverse=True):
            text = text.replace(name, " ")
        found += [(paragraph.id, word) for word in re.findall(r"[A-Za-z]{2,}", MARKS.sub(" ", text))]
    return found


def case_codes(made):
    return [a.country for a in made.assets.values()] + [g.affects[0].split(":")[-1] for g in made.gaps if g.affects]


def test_the_chinese_draft_has_no_english_words(plan):
    named = {a.id: (a.name_en, a.name_zh, a.mark(plan.case.as_of)) for a in routes.authorities().values()}
    case = replace(plan.case, authority_function="investigation")
    wire = replace(plan.dossier.wires[0], requests=({"to": "QXNBUS33", "account": None, "quote": ["R1"]},))
    made = replace(plan.dossier, case=case, wires=(wire,))
    assert latin(planned(made, routes.evaluate("R4", made), "R4"), named) == []


def test_the_scan_sees_an_english_word(plan):
    case = replace(plan.case, official="Deputy of the office")
    made = replace(plan.dossier, case=case)
    words = {word for _, word in latin(planned(made, routes.evaluate("R4", made), "R4"))}
    assert {"Deputy", "office"} <= words


@pytest.mark.parametrize(("function", "zh"), [("investigation", "调查"), ("prosecution", "起诉"), ("court", "审判")])
def test_a_function_of_the_case_file_is_told_in_chinese(plan, function, zh):
    made = replace(plan.dossier, case=replace(plan.case, authority_function=function))
    (text,) = [p.zh for p in paragraphs(planned(made, (), "R4")) if p.id == "1.1"]
    assert f"职能：{zh}；" in text
    assert function not in text


# -- the statute in the language of the document


@pytest.mark.parametrize(
    ("statute", "statute_zh", "english", "chinese"),
    [
        ("Penal Act, article 9", "刑法第九条", ": Penal Act, article 9; conduct", "：刑法第九条；行为期间"),
        (
            "Penal Act, article 9",
            "",
            ": Penal Act, article 9; conduct",
            "：Penal Act, article 9（原文照录，未载明中文名称）；",
        ),
        (
            "",
            "刑法第九条",
            ": 刑法第九条 (original wording, no English name stated); conduct",
            "：刑法第九条；行为期间",
        ),
        ("", "", ": [MISSING R4.6 article]; conduct", "：[MISSING R4.6 条文]；行为期间"),
    ],
)
def test_the_statute_is_named_in_the_language_of_the_draft_or_marked(statute, statute_zh, english, chinese):
    made = dossier(*planted())
    (offence,) = made.case.offences
    case = replace(made.case, offences=(replace(offence, statute=statute, statute_zh=statute_zh),))
    told = paragraphs(planned(replace(made, case=case), (), "R4"))
    assert english in told[[p.id for p in told].index("2.1")].en
    assert chinese in told[[p.id for p in told].index("2.1")].zh


def test_case_yaml_states_a_statute_in_one_language_or_in_two():
    text = template("X-1", "A title", date(2026, 1, 1))
    offence = "offences: [{{id: O1, title: {{en: a}}, statute: {0}}}]\n"
    plain, pair = (
        parse_case_file(re.sub(r"offences: \[\].*\n", offence.format(stated), text), "case.yaml").offences[0]
        for stated in ('"Penal Act"', '{en: "Penal Act", zh: "刑法"}')
    )
    assert (plain.statute, plain.statute_zh) == ("Penal Act", "")
    assert (pair.statute, pair.statute_zh) == ("Penal Act", "刑法")


# -- a transfer that converts


@pytest.mark.parametrize(
    ("credited", "rate", "rate_zh"),
    [(230_000_00, "0.92", "0.92"), (231_481_48, "0.925926 (rounded)", "0.925926（四舍五入）")],
)
def test_a_transfer_that_converts_prints_both_amounts_the_rate_and_both_lines(credited, rate, rate_zh):
    moves = [
        Move("in", "QX01:ALPHA", 300_000_00, (("E1", 300_000_00),)),
        Move("transfer", "QX01:ALPHA", 250_000_00, to="QX02:BETA", credited=credited),
        Move("out", "QX02:BETA", 200_000_00, target="sink:ASSET:VILLA"),
    ]
    made = dossier({"QX01:ALPHA": 0, "QX02:BETA": 0}, moves, currencies={"QX02:BETA": "EUR"})
    plan = planned(made, (), "R4")
    (told,) = [p for p in paragraphs(plan) if "executed rate" in p.en]
    shown = re.search(r"\[(.*)\]", told.en)[1]
    assert told.en == (
        f"On 2024-01-03, 250,000.00 USD was transferred from AC-01 to AC-02, where {amounts(credited)} EUR was received, "
        f"at the executed rate of {rate} EUR for 1 USD [{shown}]."
    )
    assert told.zh == (
        f"2024-01-03，250,000.00 USD 由AC-01汇至AC-02，入账 {amounts(credited)} EUR，执行汇率为 1 USD 兑 {rate_zh} EUR[{shown}]。"
    )
    lines = [p for p in made.postings.values() if p.booked == date(2024, 1, 3)]
    assert len(lines) == 2
    assert all(f"{plan.number(p.cite.exhibit)}@{p.cite.locator}" in shown for p in lines)


def test_a_transfer_in_one_currency_is_told_as_before(plan):
    assert not [p for p in paragraphs(plan) if "executed rate" in p.en]
