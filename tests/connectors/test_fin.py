"""The FIN tokenizer: blocks, bare tags, several messages, places, and that nothing of a file is lost."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import mt940
from tests.connectors.goldens import opened
from tracer.ingest.fin import Field, FinMessage, messages
from tracer.ingest.reading import read_exhibit
from tracer.model import UnreadableExhibit

UETR = "0d5a7a3e-5f0a-4a9d-8a57-1d2b3c4d5e6f"
HEAD = "{1:F01QXMBUS3NAXXX0000000001}{2:I940QXNBUS33XXXXN}"
MESSAGE = f"{HEAD}{{3:{{108:MUR1}}{{121:{UETR}}}}}{{4:\n:20:REF\n:86:one\ntwo\n-}}{{5:{{CHK:123456789ABC}}{{PDE:}}}}"
BARE = ":20:REF\n:25:1\n:28C:7/1\n:86:one\ntwo\n"
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
ENDS = pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])


def only(text: str) -> FinMessage:
    (found,) = messages(text)
    return found


def places(text: str) -> list[list[tuple[str, int]]]:
    """Each message as its fields' names and lines."""
    return [[(one.name, one.line) for one in message.fields] for message in messages(text)]


@ENDS
def test_the_five_blocks_of_a_message(end):
    found = only(MESSAGE.replace("\n", end))
    assert (found.block1, found.block2) == ("F01QXMBUS3NAXXX0000000001", "I940QXNBUS33XXXXN")
    assert (found.block3, found.block5) == ({"108": "MUR1", "121": UETR}, {"CHK": "123456789ABC", "PDE": ""})
    assert (found.direction, found.mt, found.sender, found.receiver) == ("I", "940", "QXMBUS3N", "QXNBUS33")
    assert (found.uetr, found.possible_duplicate, found.leading, found.trailing, found.marks) == (
        UETR,
        True,
        "",
        "",
        (),
    )
    assert [(one.name, one.lines) for one in found.fields] == [("20", ["REF"]), ("86", ["one", "two"])]


def test_an_output_message_names_the_sender_inside_block_2():
    found = only("{1:F01QXNBUS33AXXX0000000001}{2:O9401200240101QXMBUS3NXNYC00000000012401011200N}{4:\n:20:A\n-}")
    assert (found.direction, found.mt, found.sender, found.receiver) == ("O", "940", "QXMBUS3NNYC", "QXNBUS33")


@ENDS
def test_tags_without_an_envelope(end):
    found = only(BARE.replace("\n", end))
    assert [(one.name, one.lines) for one in found.fields] == [
        ("20", ["REF"]),
        ("25", ["1"]),
        ("28C", ["7/1"]),
        ("86", ["one", "two"]),
    ]
    assert (found.mt, found.direction, found.marks) == ("", "", ("no envelope",))


def test_line_ends_printed_as_characters(tmp_path):
    path = tmp_path / "a.sta"
    path.write_text(
        r":20:A\r\n:25:1\r\n:28C:1\r\n:60F:C240101EUR0,\r\n:61:2401010101C1,NTRFX\r\n:86:one\r\n:62F:C240101EUR1,\r\n-"
    )
    assert [one.name for one in only(path.read_text()).fields] == ["20", "25", "28C", "60F", "61", "86", "62F"]
    reading = read_exhibit(opened(path), mt940.CONNECTOR)
    assert (reading.raw, reading.counts["posting"], reading.rejects) == (1, 1, ())


def test_both_copies_of_a_message_have_one_content_hash():
    other = MESSAGE.replace("\n", "\r\n").replace("0000000001", "0000000099").replace("{PDE:}", "")
    assert only(other).content_hash == only(MESSAGE).content_hash
    assert only(MESSAGE.replace("two", "too")).content_hash != only(MESSAGE).content_hash


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(MESSAGE + MESSAGE, [[("20", 2), ("86", 3)], [("20", 6), ("86", 7)]], id="glued"),
        pytest.param(f"{MESSAGE}\n$\n{MESSAGE}", [[("20", 2), ("86", 3)], [("20", 8), ("86", 9)]], id="RJE"),
        pytest.param(
            f"\x01{MESSAGE}\x03  \x01{MESSAGE}\x03", [[("20", 2), ("86", 3)], [("20", 6), ("86", 7)]], id="PCC"
        ),
        pytest.param(
            f"{BARE}-\n{BARE}-\n",
            [[("20", 1), ("25", 2), ("28C", 3), ("86", 4)], [("20", 7), ("25", 8), ("28C", 9), ("86", 10)]],
            id="bare, ended by -",
        ),
        pytest.param(
            f"{BARE}{BARE}",
            [[("20", 1), ("25", 2), ("28C", 3), ("86", 4)], [("20", 6), ("25", 7), ("28C", 8), ("86", 9)]],
            id="bare, ended by the next field 20",
        ),
        pytest.param(
            f"{MESSAGE}\n{BARE}", [[("20", 2), ("86", 3)], [("20", 6), ("25", 7), ("28C", 8), ("86", 9)]], id="mixed"
        ),
        pytest.param(f"\n\n{HEAD}{{4:\n\n:20:A\n-}}", [[("20", 5)]], id="empty lines before"),
    ],
)
def test_several_messages_and_the_line_of_each_field(text, expected):
    assert places(text) == expected
    assert places(text.replace("\n", "\r\n")) == expected
    assert [message.index for message in messages(text)] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    "line", ["-", "- 5,00 EUR", "-x", ":", ": text", "::20:", ":abc:x", ":1:", ":123:", ":20", " :20:x", "{x", ""]
)
def test_a_line_that_is_no_tag_goes_on_the_field_above(line):
    found = only(f":20:A\n:86:one\n{line}\ntwo\n:62F:C240101EUR1,\n")
    assert [one.name for one in found.fields] == ["20", "86", "62F"]
    assert found.fields[1] == Field("86", "", f"one\n{line}\ntwo", 2)


def test_a_time_at_a_line_start_is_a_tag_here_and_text_for_the_statement(tmp_path):
    path = tmp_path / "a.sta"
    text = ":20:A\n:25:1\n:28C:1\n:60F:C240101EUR0,\n:61:2401010101C1,NTRFX\n:86:paid\n:12:11 noon\n:62F:C240101EUR1,\n"
    path.write_text(text)
    assert ("12", "11 noon") in [(one.name, one.value) for one in only(text).fields]
    (posting,) = read_exhibit(opened(path), mt940.CONNECTOR).tables["posting"].to_pylist()
    assert ":12:11 noon" in posting["details"]


def test_the_end_of_block_4_inside_its_text_loses_nothing():
    found = only(MESSAGE.replace("two", "two -} three\nfour"))
    assert found.fields[-1].lines == ["one", "two "]
    assert found.trailing.split() == ["three", "four", "-}"]  # for the connector to set aside
    assert found.block5["CHK"] == "123456789ABC"


@pytest.mark.parametrize("length", range(1, len(MESSAGE)))
def test_a_truncated_message_is_kept_to_its_last_character(length):
    text = MESSAGE[:length]
    kept = [part for message in messages(text) for part in (message.leading, message.raw, message.trailing)]
    assert text.strip() in "".join(kept)


@pytest.mark.parametrize(
    ("cut", "mark"),
    [
        ("0001", "block 1 is not closed"),
        ("XXXXN", "block 2 is not closed"),
        ("MUR1", "block 3 is not closed"),
        ("one", "block 4 is not closed"),
    ],
)
def test_a_truncated_block_is_marked(cut, mark):
    assert mark in only(MESSAGE[: MESSAGE.index(cut) + len(cut)]).marks


def test_the_answer_of_the_network_belongs_to_the_message_glued_to_it():
    nak = "{1:F21QXMBUS3NAXXX0000000001}{4:{177:2401011200}{451:1}{405:T13}}"
    found = only(nak + MESSAGE)
    assert (found.accepted, found.ack["405"], found.start, found.raw) == (False, "T13", 0, nak + MESSAGE)
    assert only(f"{nak}between{MESSAGE}").leading == "between"
    alone, other = messages(f"{nak}\n{MESSAGE.replace('0000000001', '0000000002')}")
    assert (alone.is_ack, alone.fields, other.accepted) == (True, (), None)


def test_bytes_that_are_no_text_pass_through_unchanged():
    data = b":20:A\n:86:M\xfcller \xff\x81\x00\n\x80\n:62F:C240101EUR1,\n"
    found = only(data.decode("ascii", "surrogateescape"))
    assert found.fields[1].value.encode("ascii", "surrogateescape") == b"M\xfcller \xff\x81\x00\n\x80"
    assert len(found.content_hash) == 64


def test_a_file_that_does_not_decode_as_it_says_is_refused_with_the_byte(tmp_path):
    path = tmp_path / "a.sta"
    path.write_bytes(b"\xef\xbb\xbf" + BARE.encode() + b":86:M\xfcller\n")
    with pytest.raises(UnreadableExhibit) as refused:
        list(mt940.CONNECTOR.read(opened(path)))
    assert refused.value.where == f"a.sta: byte {3 + len(BARE) + 5}"


def test_a_field_printed_in_a_national_code_page_keeps_its_letters(tmp_path):
    path = tmp_path / "a.sta"
    text = (
        ":20:A\n:25:1\n:28C:1\n:60F:C240101EUR0,\n:61:2401010101C1,NTRFX\n:86:Müller, Größe, Köln\n:62F:C240101EUR1,\n"
    )
    path.write_bytes(text.encode("cp1252"))
    (posting,) = read_exhibit(opened(path, encoding="cp1252"), mt940.CONNECTOR).tables["posting"].to_pylist()
    assert posting["details"] == "Müller, Größe, Köln"


# Pieces that a FIN file is made of, well formed or not; `#` becomes a word that stands nowhere else.
_PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "\n:20:#",
                "\n:86:#",
                "\n:61:#",
                "\n:62F:#",
                "\n:NS:#",
                "\n:12:#",
                "\n:abc:#",
                "\n\x01:20:#",
                "\n#",
                "#",
                " #",
            ),
            *("\n-#", "\n-", "\n$", "\n-\n", "-}", "-}#", "}", "{", "\x03", "\n:940:", "\nQXNLNL2A\n940"),
            *(
                "{1:F01#",
                "{1:F01#}",
                "{2:I940#}",
                "{2:O940#}",
                "{3:{108:#}}",
                "{3:{108:#",
                "{3:{xx:#}}",
                "{4:",
                "{4:\n",
                "{4:#",
            ),
            *("{5:{CHK:#}}", "{5:#", "{S:{SAC:}}", "{1:F21#}{4:{177:#}{451:0}}", "{4:{177:#}{451:1}}", "{4:\n{1:F01#}"),
        ]
    ),
    max_size=25,
)


@CALM
@given(_PIECES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_word_of_a_file_stands_in_a_message_and_every_field_where_its_line_says(pieces, end):
    numbers = iter(range(10_000))
    text = re.sub("#", lambda _: f"W{next(numbers):04}", "".join(pieces)).replace("\n", end)
    lines = re.split("\r\n|\n|\r", text)
    found = list(messages(text))
    kept = " ".join(part for message in found for part in (message.leading, message.raw, message.trailing))
    assert set(re.findall("W[0-9]{4}", text)) <= set(re.findall("W[0-9]{4}", kept))
    for message in found:
        for one in message.fields:
            assert f":{one.name}:{one.lines[0]}" in lines[one.line - 1], one


@CALM
@given(
    st.lists(
        st.sampled_from(["\n:20:#", "\n:86:#", "\n:61:#", "\n:X:#", "\n#", "\n-#", " #", "#", "\n\n:25P:#", "\n:NS:"])
    )
)
def test_inside_block_4_every_word_is_in_one_field_or_before_the_first(pieces):
    numbers = iter(range(10_000))
    body = re.sub("#", lambda _: f"W{next(numbers):04}", "".join(pieces))
    found = only(f"{HEAD}{{4:{body}\n-}}")
    words = re.findall("W[0-9]{4}", found.leading + "".join(one.value for one in found.fields))
    assert words == re.findall("W[0-9]{4}", body)  # each once, in printed order
    assert [one.name for one in found.fields] == re.findall("^:([0-9]{2}[A-Z]?|NS):", body, re.MULTILINE)
