"""Nouns that are made quickly are the frozen dataclasses that they were."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import dataclass, field
from datetime import date

import pytest

from tracer.model import Cite, Posting, Transfer
from tracer.model.quick import quickly_made

CITE = Cite("a" * 64, "line=1")


def line(**more: object) -> Posting:
    return Posting(CITE, "111122223333", "USD", -500, 1, value_date=date(2024, 3, 5), **more)  # type: ignore[arg-type]


def test_a_noun_is_frozen_equal_and_hashed_by_its_fields() -> None:
    one = line(owner_reference="QX1")
    assert one == line(owner_reference="QX1") != line(owner_reference="QX2")
    assert hash(one) == hash(line(owner_reference="QX1"))
    assert type(one) is Posting
    for name in ("amount", "owner_reference", "no_such_field"):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(one, name, 1)
    assert one.amount == -500


def test_it_is_copied_replaced_and_pickled_as_before() -> None:
    one = line()
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one  # noqa: S301 - what was just written
    assert dataclasses.replace(one, amount=7).amount == 7
    assert dataclasses.asdict(one)["cite"] == {"exhibit": "a" * 64, "locator": "line=1"}


def test_its_signature_is_that_of_its_fields_and_what_is_missing_is_said() -> None:
    asked = inspect.signature(Transfer).parameters
    assert list(asked) == [f.name for f in dataclasses.fields(Transfer)]
    assert asked["rungs"].default == ()
    with pytest.raises(TypeError, match=r"Transfer.__init__\(\) missing .* 'debit'"):
        Transfer("id", (), ())  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        line(colour="red")


def test_a_class_beneath_keeps_its_own_class() -> None:
    class Marked(Cite):
        __slots__ = ()

    assert type(Marked("a" * 64, "line=1")) is Marked


def test_what_would_need_more_than_its_fields_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Made:
        names: list[str] = field(default_factory=list)

    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self) -> None:
            raise AssertionError

    @dataclass(frozen=True)
    class Open:
        name: str

    for noun in (Made, Checked, Open):
        with pytest.raises(TypeError, match="is not made quickly"):
            quickly_made(noun)
