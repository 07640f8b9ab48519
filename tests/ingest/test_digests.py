"""The compiled SHA-256 is hashlib's, and its pieces are the row hash of `tracer.batches`."""

import hashlib
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tracer.batches import row_hash
from tracer.ingest import digests
from tracer.ingest.digests import Messages, fixed_texts, room_of
from tracer.model import CheckFailed

EPOCH = date(1970, 1, 1)


def hashed(columns: dict[str, object], rows: int) -> list[str]:
    made = Messages(sum((room_of(column) for column in columns.values()), np.zeros(rows, np.int64)))
    for column in columns.values():
        made.column(column)
    return [str(letters) for letters in fixed_texts(made.digests(), 64).to_pylist()]


def test_every_length_around_the_blocks_and_many_lanes() -> None:
    texts = ["é中x"[n % 3] * n for n in range(270)] + ["y" * 20_000, ""]
    made = Messages(np.array([len(text.encode()) for text in texts]))
    made.text(pa.array(texts), measured=False)
    wanted = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    assert fixed_texts(made.digests(), 64).to_pylist() == wanted
    again = Messages(np.array([len(text.encode()) for text in texts]))
    again.text(pa.array(texts), measured=False)
    assert fixed_texts(again.digests(32), 32).to_pylist() == [letters[:32] for letters in wanted]


def test_the_published_examples() -> None:
    # NIST, Cryptographic Standards and Guidelines, Examples with Intermediate Values, SHA256: one and two blocks.
    texts = ["abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"]
    made = Messages(np.full(2, 56))
    made.text(pa.array(texts), measured=False)
    assert fixed_texts(made.digests(), 64).to_pylist() == [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ]


def test_columns_are_written_as_the_row_hash_writes_them() -> None:
    whole = [0, 9, 10, -10, 99, -1, 10**18, -(10**18), 2**63 - 1, -(2**63) + 1, None]
    days = [date.min, date.max, EPOCH, date(2000, 2, 29), date(1900, 2, 28), date(1900, 3, 1), None]
    days += [date(1600, 12, 31), date(2024, 2, 29), date(2023, 12, 31), date(2024, 1, 1)]
    texts = ["", "a", "中", "é" * 5, "x" * 99, "x" * 100, "~", "3:abc", "\t", "0", "-0.00"]
    columns: dict[str, object] = {
        "text": pa.array(texts),
        "whole": pa.array(whole, pa.int64()),
        "day": pa.array(days, pa.date32()),
        "again": pa.array([days[n // 3] if n % 5 else None for n in range(len(texts))], pa.date32()),
        "nowhere": pa.array([None] * len(texts), pa.int64()),
        "empty": pa.array([""] * len(texts)),
        "flag": False,
        "null": None,
        "same": "[]",
    }
    rows = [
        {name: column[at].as_py() if isinstance(column, pa.Array) else column for name, column in columns.items()}
        for at in range(len(texts))
    ]
    assert hashed(columns, len(texts)) == [row_hash(row) for row in rows]
    part = {n: c.slice(3, 5) if isinstance(c, pa.Array) else c for n, c in columns.items()}
    assert hashed(part, 5) == [row_hash(row) for row in rows[3:8]]


def test_every_day_of_four_centuries() -> None:
    first = (date(1900, 1, 1) - EPOCH).days
    shown = pa.array(np.arange(first, first + 146_097, 7, dtype=np.int32)).cast(pa.date32())
    wanted = [row_hash({"day": (EPOCH + timedelta(days=first + 7 * n))}) for n in range(len(shown))]
    assert hashed({"day": shown}, len(shown)) == wanted


def test_nothing_to_hash() -> None:
    assert len(Messages(np.zeros(0, np.int64)).digests()) == 0


def test_a_wrong_digest_is_an_error_and_never_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    right = digests._hash

    def wrong(*arguments: object) -> None:
        right(*arguments)  # type: ignore[arg-type]
        arguments[4][0] ^= 1  # type: ignore[index]

    monkeypatch.setattr(digests, "_hash", wrong)
    made = Messages(np.full(3, 4))
    made.same("text")
    with pytest.raises(CheckFailed, match="hashlib"):
        made.digests()
