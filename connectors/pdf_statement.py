"""Account statements as PDF, assisted: words with their places, column bands that a person drew, proved by the balances.

Source:  the profile a person drew and confirmed (`tracer preview FILE.pdf` proposes one; `--profile FILE.yaml`); formats.md 9.
Reading: ISO 32000-1 by pdfplumber, in a child process with limits (tracer.ingest.pdf_words); no picture is read, nothing guessed.
Amounts: as the profile says; held as signed minor units from the point of view of the account.
Trust:   none by itself: nothing is loaded until every printed balance is reached by the lines, or a person signs each break
         with name and reason (`--sign`); the signatures stand on the statement.
Place:   page, row and box in points from the upper left corner, as a person measures on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracer.ingest import NeedsAnswer, Source, connector
from tracer.ingest.banded import Read, breaks_in, nothing_below, proved, read_all, seen
from tracer.ingest.bound import answered
from tracer.ingest.pdf import Document, Page, is_pdf, read_pdf
from tracer.ingest.pdf_numbers import not_held
from tracer.ingest.pdf_proof import Break
from tracer.ingest.pdf_proposal import propose_pdf
from tracer.ingest.pdf_rows import Part, parts_of
from tracer.ingest.profile import Profile
from tracer.ingest.proposal import Proposal
from tracer.model import Fact, Reject, UnreadableExhibit, excerpt

#: Hidden on purpose or by a program, where a sheet of paper has nothing; print beyond its edge deceives nobody.
_DECEIVES = frozenset({"rendering mode", "no contrast", "on top of other print"})


def claims(source: Source) -> bool:
    """The bytes are a PDF; what it is about only a person and its balances tell."""
    return is_pdf(source)


def _profile(source: Source) -> Profile:
    named = answered(source)
    if named is None:
        raise NeedsAnswer(
            "profile",
            f"Where do the columns of {excerpt(source.exhibit.name)} stand? A PDF has words on a page and no columns: a person draws them.",
            (),
            source.exhibit.name,
            f"FILE.yaml   (tracer preview {source.exhibit.name} proposes one)",
        )
    if named.bands is None or named.bands.is_text or named.kind != "statement":
        raise UnreadableExhibit(
            f"{named.name} draws no column bands, and {excerpt(source.exhibit.name)} is a PDF.",
            where=f"{source.exhibit.name}: {named.where}",
            meaning="Nothing of the file is loaded.",
            next_call=f"tracer preview {source.exhibit.name}   (proposes a profile with `pdf.bands`)",
        )
    return named


def _parts(source: Source) -> tuple[Document, Profile, tuple[Part, ...]]:
    profile, document = _profile(source), read_pdf(source)
    parts = parts_of(document, profile, source.exhibit.name)
    if not parts:
        raise nothing_below(source, profile)
    return document, profile, parts


def count(source: Source) -> int:
    """Count the lines that have a date or an amount in their bands; no cell is read."""
    return sum(len(part.layout.records) for part in _parts(source)[2])


def look(source: Source) -> Proposal:
    """Return a proposed profile with 20 rows; or, where a profile is given, the rows under it and what is not proved."""
    if answered(source) is None:
        return propose_pdf(source)
    document, _, parts = _parts(source)
    return seen(source, parts, _breaks(document, read_all(source, parts)))


def read_pdf_statement(source: Source) -> Iterator[Fact | Reject]:
    """Yield each statement, its postings in the bank's order, and the rejects; nothing before all of it is proved or signed."""
    document, profile, parts = _parts(source)
    done = read_all(source, parts)
    yield from proved(source, profile, done, _breaks(document, done), lambda part: _document_marks(document, part))


def _breaks(document: Document, done: Sequence[Read]) -> list[Break]:
    tabled = {number for one in done for number in one.part.pages}
    found = breaks_in(done)
    for page in document.pages:
        words = _deceiving(page)
        if words and page.number in tabled:
            shown = ", ".join(f"{excerpt(word, 30)!r} ({why})" for word, why in words[:5])
            found.append(Break(f"p{page.number}.hidden", f"the page holds words that nobody sees: {shown}", len(words)))
    return found


def _deceiving(page: Page) -> list[tuple[str, str]]:
    return [(word.text, word.why) for word in page.hidden if word.why in _DECEIVES]


def _document_marks(document: Document, part: Part) -> list[str]:
    """Say what the file tells about itself, and what of its pages is not read."""
    marks = [f"pdf-{name}:{excerpt(value)}" for name, value in document.facts]
    marks += not_held(document.pages, part.pages)
    marks += [f"pdf-saved:{document.saved}"] if document.saved > 1 else []
    marks += [f"pdf-warning:{excerpt(text)}" for text in document.warnings[:5]]
    for page in document.pages:
        if page.number not in part.pages:
            continue
        if page.hidden:
            shown = "; ".join(f"{excerpt(word.text, 30)} ({word.why})" for word in page.hidden[:5])
            marks.append(
                f"{'hidden-text' if _deceiving(page) else 'unseen-text'}:page={page.number}:{len(page.hidden)} words: {shown}"
            )
        if page.turned:
            marks.append(f"pdf-turned:page={page.number}:{page.turned}")
        if page.annotations:
            marks.append(f"pdf-annotations:page={page.number}:{page.annotations}")
        if page.undrawn:
            marks.append(f"pdf-undrawn:page={page.number}:{page.undrawn}")
    return marks


CONNECTOR = connector(
    "pdf-statement",
    title="account statement as PDF, by column bands that a person drew",
    claims=claims,
    count=count,
    look=look,
)(read_pdf_statement)
