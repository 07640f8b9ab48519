"""The manifest: what was written, with hashes, from which heads and run (annex.md sections 7 and 9).

Canonical JSON: UTF-8, sorted keys, no floats, one line end. The content digest of an Office file does not depend on the zlib
build; its SHA-256 does, so the build is named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from tracer.annex.plan import Plan
from tracer.annex.zipped import ZLIB, content_digest

__all__ = ["manifest"]

_OFFICE = (".xlsx", ".docx")


def manifest(plan: Plan, files: Mapping[str, bytes], *, name: str) -> bytes:
    """Return the bytes of manifest.json for the files of one build."""
    dossier = plan.dossier
    listed = {
        path: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        | ({"content_digest": content_digest(data)} if path.endswith(_OFFICE) else {})
        for path, data in files.items()
    }
    made = {
        "annex": name,
        "case": plan.case.id,
        "version": plan.case.version,
        "route": plan.route,
        "as_of": plan.case.as_of.isoformat(),
        "draft": plan.is_draft,
        "software": f"tracer {dossier.version}",
        "config_hash": plan.config_hash,
        "content_head": dossier.head,
        "chain_head": dossier.chain_head,
        "log_head": dossier.log_head,
        "run": dossier.trace.run,
        "parameters": dict(dossier.trace.parameters),
        "zlib": ZLIB,
        "files": listed,
    }
    return (json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
