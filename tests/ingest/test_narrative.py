"""Field 86: sub-fields in and out of order, and code words wherever a bank's line breaks put them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracer.ingest.narrative import Narrative, narrative

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        pytest.param(
            "166?00GUTSCHRIFT?109310?20EREF+A-1?21KREF+K-1?22SVWZ+Rent May?30QXDEDE33?31DE02?32Ada?33Lake?34000",
            Narrative("Rent May", "Ada Lake", "DE02", "QXDEDE33", "A-1", "", "166", "K-1"),
            id="in the standard's order",
        ),
        pytest.param(
            "166?32Ada?33Lake?31DE02?30QXDEDE33?21KREF+K-1?22SVWZ+Rent May?20EREF+A-1?00GUTSCHRIFT",
            Narrative("Rent May", "Ada Lake", "DE02", "QXDEDE33", "A-1", "", "166", "K-1"),
            id="in another order",
        ),
        pytest.param(
            "166?00X?20EREF+ABC?21KREF+NOTPROVIDED?22SVWZ+RENT?23MAY",
            Narrative("RENTMAY", "", "", "", "ABC", "", "166", ""),
            id="a word begins a sub-field behind a capital letter",
        ),
        pytest.param(
            "166?20EREF+A-1 SV?21WZ+Rent?60 IBAN?61+DE02 BIC+QXDEDE33",
            Narrative("Rent", "", "DE02", "QXDEDE33", "A-1", "", "166", ""),
            id="words that run over the end of a sub-field, or stand inside one",
        ),
        pytest.param(
            "166?20EREF+A?21BIC+QXDEDE33?22SVWZ+1 + 1?32A+B GMBH",
            Narrative("1 + 1", "A+B GMBH", "", "QXDEDE33", "A", "", "166", ""),
            id="a plus that is no word's",
        ),
        pytest.param(
            "105?20SVWZ+Fee?21SVWZ+Rebate?31DE02?31DE03",
            Narrative("Fee", "", "DE02DE03", "", "", "", "105", ""),
            id="a word twice: the first; a sub-field twice: both",
        ),
        pytest.param(
            "835?20why? because?32A?B?32C?7",
            Narrative("why? because", "A?BC?7", "", "", "", "", "835", ""),
            id="a mark that begins no sub-field",
        ),
        pytest.param(
            "020~00XX~20Czynsz~21maj~32ADA~33LAKE~38PL02~3012345678",
            Narrative("Czynszmaj", "ADA LAKE", "PL02", "12345678", "", "", "020", ""),
            id="the Polish mark",
        ),
        pytest.param("166?00GUTSCHRIFT", Narrative("GUTSCHRIFT", code="166"), id="no purpose: the text of the booking"),
        pytest.param("166?20NONREF?32-?31UNKNOWN", Narrative("NONREF", code="166"), id="literals for nothing"),
        pytest.param("Rent  for\nMay 1+1", Narrative("Rent for May 1+1"), id="no structure"),
        pytest.param("/EREF/A-1//NAME/A. LAKE/REMI/RENT", Narrative("RENT", "A. LAKE", end_to_end_id="A-1"), id="slashes"),
        pytest.param("EREF+A-1\nSVWZ+Rent May", Narrative("Rent May", end_to_end_id="A-1"), id="words and no sub-fields"),
    ],
)  # fmt: skip
def test_what_a_field_86_says(printed, expected):
    assert narrative(printed) == expected


_SAID = "EREF+a-1 KREF+k-2 MREF+m-3 SVWZ+rent + costs for may IBAN+de02 BIC+qxdede33"


@CALM
@given(
    st.sets(st.integers(1, len(_SAID) - 1), max_size=9), st.sampled_from("?~<>|^@"), st.sampled_from(["", "\n", "\r\n"])
)
def test_where_a_bank_cuts_the_purpose_into_sub_fields_changes_nothing(cuts, mark, end):
    ends = [0, *sorted(cuts), len(_SAID)]
    pieces = [_SAID[first:last] for first, last in zip(ends, ends[1:], strict=False)]
    printed = f"166{mark}00X" + "".join(f"{mark}{20 + n}{piece}{end}" for n, piece in enumerate(pieces))
    # A blank that a line end follows is padding; the words themselves stand as they are.
    found = narrative(printed)
    assert [one.replace(" ", "") for one in found] == [
        *("rent+costsformay", "", "de02", "qxdede33", "a-1", "", "166", "k-2")
    ]  # fmt: skip


@CALM
@given(
    st.permutations(
        ["00GUTSCHRIFT", "109310", "20SVWZ+Rent", "30QXDEDE33", "31DE02", "32Ada", "33Lake", "60 May", "70x"]
    )
)
def test_the_order_of_sub_fields_changes_nothing_but_the_order_of_the_purpose(pieces):
    found = narrative("166?" + "?".join(pieces))
    assert found[1:] == ("Ada Lake", "DE02", "QXDEDE33", "", "", "166", "")
    assert found.details in {"Rent May", "May Rent"}
