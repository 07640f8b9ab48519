"""An element is read by the shape that the first of its kind taught, and that is what a walk through it finds."""

from __future__ import annotations

import pytest

from tracer.ingest.shapes import Leaf, Shapes
from tracer.ingest.xml import guarded_parse


def _read(shapes: Shapes[tuple[Leaf, ...]], entry: str) -> list[list[tuple[str, str, str]]]:
    element = guarded_parse(f'<r xmlns="urn:x" xmlns:p="urn:y">{entry}</r>', "e.xml")[0]
    told, parts = shapes.read(element)
    return [
        [(path, currency, text) for (path, currency), text in zip(one.form, one.texts, strict=True)]
        for one in (told, *parts)
    ]


@pytest.mark.parametrize(
    ("entry", "whole", "parts"),
    [
        pytest.param(
            '<e><a><b>1</b><c/></a><Amt Ccy="EUR"> 2 </Amt></e>',
            [("Amt", "EUR", "2"), ("a/b", "", "1"), ("a/c", "", "")],
            [],
            id="level by level, stripped, and empty where a tag closes itself",
        ),
        pytest.param(
            "<e>x<a/>y<b>A &lt;&amp;amp; B &gt; C</b>z</e>",
            [("a", "", ""), ("b", "", "A <&amp; B > C")],
            [],
            id="text between elements is of none, and references are read once",
        ),
        pytest.param(
            "<e><b><![CDATA[1 < 2]]></b><c>line&#13;end</c></e>",
            [("b", "", "1 < 2"), ("c", "", "line\rend")],
            [],
            id="character data and a carriage return",
        ),
        pytest.param(
            '<p:e><p:b at="1 &gt; 0">1</p:b><d><b>2</b><b>3</b></d><d/><b>4</b></p:e>',
            [("b", "", "1"), ("b", "", "4")],
            [[("b", "", "2"), ("b", "", "3")], []],
            id="parts stand apart, in printed order, also empty ones",
        ),
    ],
)
def test_an_element_tells_the_same_by_its_shape_as_by_a_walk(
    entry: str, whole: list[tuple[str, str, str]], parts: list[list[tuple[str, str, str]]]
) -> None:
    shapes = Shapes(tuple, "d")
    learnt, known = _read(shapes, entry), _read(shapes, entry)
    by_walk = _read(shapes, entry.replace(">", "><?odd?>", 1))  # an instruction is not told apart in a serialised text
    by_width = _read(shapes, entry.replace(">", "><d/>" + "<d/>" * 30, 1))
    assert learnt == known == by_walk == [whole, *parts]
    assert by_width == [whole, *[[]] * 31, *parts]


def test_texts_are_those_of_the_element_and_not_of_the_first_of_its_shape() -> None:
    shapes = Shapes(tuple)
    assert _read(shapes, "<e><a>1</a><b>x</b></e>") == [[("a", "", "1"), ("b", "", "x")]]
    assert _read(shapes, "<e><a>2</a><b>y</b></e>") == [[("a", "", "2"), ("b", "", "y")]]
    assert _read(shapes, "<e><b>3</b><a>z</a></e>") == [[("b", "", "3"), ("a", "", "z")]]
    assert _read(shapes, '<e><Amt Ccy="EUR">1</Amt></e>') == [[("Amt", "EUR", "1")]]
    assert _read(shapes, '<e><Amt Ccy="USD">1</Amt></e>') == [[("Amt", "USD", "1")]]
