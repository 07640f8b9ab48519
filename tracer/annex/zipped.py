"""The zip pass: the same content gives the same bytes, and every formula carries its value (annex.md 2.1).

Compressed bytes depend on the zlib build, so a content digest over names and uncompressed bytes is published beside them.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date
from xml.sax.saxutils import escape

from tracer.annex.formulas import Value, stored
from tracer.model import CheckFailed

__all__ = ["ZLIB", "content_digest", "filled", "stable"]

ZLIB = zlib.ZLIB_RUNTIME_VERSION
_LEVEL = 6
_CELL = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"([^>]*)><f>([^<]*)</f><v\s*(?:/>|></v>)</c>')
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_CREATOR = re.compile(rb"(<dc:creator[^>]*>)[^<]*")
_LAST = re.compile(rb"(<cp:lastModifiedBy>)[^<]*")


def filled(sheet: bytes, values: Mapping[str, Value], where: str) -> bytes:
    """Return a sheet's XML with the value of every formula in `<v>`. Raises `CheckFailed` for a formula without one."""

    def one(found: re.Match[bytes]) -> bytes:
        cell = found[1].decode()
        if cell not in values:
            raise _unknown(where, cell)
        value = values[cell]
        kind = b' t="str"' if isinstance(value, str) else b""
        shown = escape(stored(value)).encode()
        return b'<c r="%s"%s%s><f>%s</f><v>%s</v></c>' % (found[1], found[2], kind, found[3], shown)

    made, count = _CELL.subn(one, sheet)
    if count != sheet.count(b"<f>") or count != len(values):
        raise _unknown(where, f"{count} of {len(values)} formulas")
    return made


def _unknown(where: str, cell: str) -> CheckFailed:
    return CheckFailed(
        "A formula has no engine value beside it.",
        where=f"{where} {cell}",
        meaning="Previewers would show a blank, and nothing could be compared; the annex is not written.",
        next_call="report it: the writer of this sheet is at fault, not the case",
    )


def stable(data: bytes, as_of: date, parts: Mapping[str, bytes] | None = None) -> bytes:
    """Rewrite an Office file: members sorted, fixed times and attributes, `as_of` as its date, `parts` in place of members."""
    stamp = f"{as_of.isoformat()}T00:00:00Z".encode()
    replaced = dict(parts or {})
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as new,
    ):
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            content = replaced.get(name) or old.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(lambda m: m[1] + stamp, content)
                content = _CREATOR.sub(lambda m: m[1] + b"tracer", content)
                content = _LAST.sub(lambda m: m[1] + b"tracer", content)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system, info.compress_type = 0o600 << 16, 3, zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def content_digest(data: bytes) -> str:
    """Return SHA-256 over each member's name and uncompressed bytes, in order: the same on any machine."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            digest.update(name.encode() + b"\0" + str(len(content)).encode() + b"\0" + content)
    return digest.hexdigest()
