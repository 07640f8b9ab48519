"""XSD as advice: how far the documents of an ISO 20022 file depart from the schemas that a person gives.

The schemas are not shipped: `--answer schemas=FOLDER` names a folder of `.xsd` files as the registration authority hands them
out, and those that the file needs are kept in the case beside the exhibit. What departs is told in the report and stops
nothing: banks' own files depart, and are read (formats.md 4.1). No network, no entities, and no schema that draws in others.

Source:  ISO 20022 message definitions, one schema a message; W3C XML Schema 1.0 through libxml2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from tracer.ingest.source import Source
from tracer.ingest.xml import documents, guarded_parse, local, parse_file
from tracer.model import Cite, Reconciliation, UnreadableExhibit

__all__ = ["CHECK", "schema_advice", "schemas_for"]

CHECK = "schema"
_NAMED = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})")
_LARGEST = 64_000_000  # bytes of a file that is checked: it has to stand in memory as a whole
_LARGEST_SCHEMA = 20_000_000
_SHOWN = 5
_DRAWN_IN = ("include", "import", "redefine", "override")


def schemas_for(path: Path, folder: Path) -> tuple[Path, ...]:
    """Return the schemas of a folder that the namespaces of a file name, sorted by name; files only, no links followed."""
    if path.stat().st_size > _LARGEST:
        return ()
    wanted = {name.decode() for name in _NAMED.findall(path.read_bytes())}
    listed = sorted(one for one in folder.rglob("*.xsd") if one.is_file() and not one.is_symlink())
    return tuple(one for one in listed if one.name.removesuffix(".xsd") in wanted)


def schema_advice(source: Source, paths: Sequence[Path]) -> Iterator[Reconciliation]:
    """Yield one check per document: ok where its schema is met, else what departs. It is never off."""
    if source.path.stat().st_size > _LARGEST:
        yield _told(source.cite("file"), "the file is too large to stand in memory as a whole; no schema is compared")
        return
    try:
        root = parse_file(source)
    except UnreadableExhibit:
        return  # the connector says what is wrong with it, or reads something that is no XML
    schemas: dict[str, Any] = {}
    for path in paths:
        made = _schema(path)
        if isinstance(made, str):
            yield _told(source.cite("file"), f"{path.name} {made}")
        else:
            schemas[made[0]] = made[1]
    for document in documents(root, source.exhibit.name):
        space = etree.QName(document.element).namespace or ""
        cite = source.cite(f"document={document.index}/line={document.line}#schema")
        schema = schemas.get(space)
        name = document.message or document.kind
        if schema is None:
            yield _told(cite, f"no schema of {name} is among those given")
        elif schema.validate(document.element):
            yield Reconciliation(cite, CHECK, "ok", note=f"meets the schema of {name}")
        else:
            yield _departures(cite, name, list(schema.error_log))


def _departures(cite: Cite, name: str, found: list[Any]) -> Reconciliation:
    shown = "; ".join(f"line {one.line}: {_plain(str(one.message))}" for one in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    note = f"advice: departs from the schema of {name}, and is read as it stands: {shown}{more}"
    return Reconciliation(cite, CHECK, "not_stated", expected=0, found=len(found), difference=-len(found), note=note)


def _plain(message: str) -> str:
    return re.sub(r"\{[^{}]{1,200}\}", "", message)[:200]


def _told(cite: Cite, note: str) -> Reconciliation:
    return Reconciliation(cite, CHECK, "not_stated", note=f"advice: {note}")


def _schema(path: Path) -> tuple[str, Any] | str:
    """Return (target namespace, schema), or what keeps it from being used."""
    if path.stat().st_size > _LARGEST_SCHEMA:
        return "is too large for a schema"
    try:
        root = guarded_parse(path.read_bytes(), path.name)
    except UnreadableExhibit as error:
        return f"is not used: {error.what}"
    if any(local(one) in _DRAWN_IN for one in root):
        return "is not used: it draws in other schemas, which are not looked for"
    try:
        return root.get("targetNamespace", ""), etree.XMLSchema(root)
    except etree.XMLSchemaParseError as error:
        return f"is no schema: {str(error)[:100]}"
