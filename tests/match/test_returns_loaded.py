"""A payment that came back, as files tell it: the money goes once there and once back, whoever prints the parties in which order."""

from collections.abc import Iterator

import pytest

import tracer
from tracer.case import Case
from tracer.match import count_once, doubts

BANK, OTHER = "QXUKGB2L", "QXHKHKHH"
THERE, BACK = ("2024-01-02", "payer", "payee"), ("2024-01-04", "payee", "payer")
#: What is held of a payment that came back: its message and its return, the payer's statement and the payee's; with letters, the
#: return prints its parties turned and one UETR stands on everything.
HELD = {
    "everything": "mrpq",
    "the two messages": "mr",
    "a rejection": "mj",
    "the payment by its line alone": "rp",
    "parties turned, one UETR on all": "MRPQ",
    "the return alone": "r",
}


def accounts(n: int) -> tuple[str, str]:
    return f"44788200183{n}", f"99001122334{n}"


def statement(account: str, bank: str, *lines: str) -> str:
    """One MT940 that opens and closes with 1000.00; a line is (sign and amount, reference and text of field 86) of the 2nd, then of the 4th."""
    booked = "\r\n".join(f":61:{day}{day[2:]}{line}" for day, line in zip(("240102", "240104"), lines, strict=True))
    return (
        f"{{1:F01{bank}AXXX0000000000}}{{2:I940QXZZZZ22XXXXN}}{{4:\r\n:20:S1\r\n:25:{account}\r\n:28C:00001/001\r\n"
        f":60F:C240101USD1000,00\r\n{booked}\r\n:62F:C240131USD1000,00\r\n-}}"
    )


def order(ends: tuple[str, str], reference: str, day: str, amount: str, parties: tuple[str, str], **more: str) -> str:
    uetr = f"{{3:{{121:{more['uetr']}}}}}" if more.get("uetr") else ""
    return (
        f"{{1:F01{ends[0]}AXXX0000000000}}{{2:I103{ends[1]}XXXXN}}{uetr}{{4:\r\n:20:{reference}\r\n:23B:CRED\r\n"
        f":32A:{day}USD{amount}\r\n:50K:/{parties[0]}\r\nTERN LTD\r\n:59:/{parties[1]}\r\nAUKLET INC\r\n:71A:SHA\r\n"
        f"{more.get('back', '')}-}}"
    )


def files_of(n: int, held: str) -> Iterator[str]:
    payer, payee = accounts(n)
    amount, there, back = f"{n + 1}00,00", f"REF880{n}", f"RET880{n}"
    uetr = f"11111111-2222-4333-8444-55555555555{n}" if held.isupper() else ""
    text = f":86:/UETR/{uetr}" if uetr else ":86:PO 77"
    names = (there, back, there, back) if not uetr else ("AAA1", "BBB2", "CCC3", "DDD4")
    word = "REJT" if "j" in held else "RETN"
    returned = f":72:/{word}/59\r\n/AC01/ACCOUNT CLOSED\r\n/MREF/{there}\r\n"
    made = {
        "m": order((BANK, OTHER), there, "240102", amount, (payer, payee), uetr=uetr),
        "r": order(
            (OTHER, BANK), back, "240104", amount, (payee, payer) if uetr else (payer, payee), uetr=uetr, back=returned
        ),
        "p": statement(payer, BANK, f"D{amount}NTRF{names[0]}\r\n{text}", f"C{amount}NTRF{names[1]}\r\n{text}"),
        "q": statement(payee, OTHER, f"C{amount}NTRF{names[2]}\r\n{text}", f"D{amount}NTRF{names[3]}\r\n{text}"),
    }
    for letter in held.lower():
        yield made["r" if letter == "j" else letter]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("returned")
    made = tracer.new(folder / "case", id="R-1", title="Test", as_of="2026-01-01", by="A. Officer")
    texts = [text for n, held in enumerate(HELD.values()) for text in files_of(n, held)]
    paths = [folder / f"{n}.fin" for n in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    made.load(*paths)
    made.match()
    return made


@pytest.mark.parametrize("name", HELD)
def test_what_came_back_goes_from_payee_to_payer(name: str, case: Case) -> None:
    """There on the 2nd and back on the 4th: taken for a second payment, the payee would have had twice the sum."""
    n = [*HELD].index(name)
    numbers = dict(zip(accounts(n), ("payer", "payee"), strict=True))
    known = {a for t in case.facts().transfers for a in (t.debit_account, t.credit_account) if a}
    one, other = (min((a for a in known if a.endswith(number)), key=lambda a: (-len(a), a)) for number in numbers)
    rows = case.ask.payments_between(one=f"={one}", other=f"={other}")
    moved = [(str(r["day"]), *(numbers[str(r[side]).rpartition(":")[2]] for side in ("payer", "payee"))) for r in rows]
    assert moved == ([BACK] if name == "the return alone" else [THERE, BACK])
    assert {str(r["amount"]) for r in rows} == {f"USD {n + 1}00.00"}
    assert [r["note"] for r in rows] == ["", "return"][-len(moved) :]
    *paid, back = rows
    places = {
        key: f"{p.cite.exhibit[:12]}@{p.cite.locator}"
        for kind in ("posting", "message")
        for key, p in case.facts()[kind].items()
    }
    of = {t.id: [places[key] for key in (*t.postings, *t.messages)] for t in case.facts().transfers}
    named, _, told = str(back["returns"]).partition(": ")
    if name == "the return alone":
        assert (named, told) == ("payment not found 未找到原付款", of[str(back["transfer"])][0])
        return
    mine, theirs = told.split(" returns ")
    assert [r["returns"] for r in paid] == [""]
    assert str(paid[0]["transfer"]).startswith(named)
    assert mine in of[str(back["transfer"])]
    assert theirs in of[str(paid[0]["transfer"])]
    assert "note says return" in rows.foot
    assert "其中 1 笔为另一笔付款的退回" in rows.foot


def test_value_is_counted_once_and_only_a_return_without_its_payment_is_told(case: Case) -> None:
    """There and back: of 100.00 and of 500.00 four lines each, of 400.00 the payer's two; no line shows the others."""
    facts = case.facts()
    assert len(facts.transfers) == 2 * len(HELD) - 1
    assert count_once(facts.transfers, facts["posting"]) == {
        "USD": (200_00 + 1000_00 + 800_00, 400_00 + 2000_00 + 800_00)
    }
    assert sum(row["counted once"].minor for row in case.match_check()) == 2000_00
    (gap,) = doubts(facts["posting"], facts["message"], facts.judgements)
    assert "600.00 USD is given back by MT103" in gap.description_en
    assert "a return of REF8805" in gap.description_en
    assert "not found" in gap.description_en
