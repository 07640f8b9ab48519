"""The evidentiary annex: findings to a workbook that recomputes itself, request drafts, charts and the manifest.

`write` has no source but the dossier. No number is typed: every amount is a cell of the dossier or a formula whose engine
value stands beside it. Two builds of one dossier give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracer.annex import contents
from tracer.annex.book import ZLIB, content_digest, save
from tracer.annex.drafts import draft
from tracer.model import Dossier
from tracer.model.requests import Requirement

__all__ = ["write"]


def write(
    dossier: Dossier,
    requirements: Sequence[Requirement],
    out: Path,
    *,
    name: str,
    extra: Mapping[str, bytes] | None = None,
) -> tuple[Path, ...]:
    """Write workbook, drafts, `extra` (charts by file name) and manifest.json into `out`; return the paths.

    Each file is written under a temporary name, 0600, and renamed.
    """
    case = dossier.case
    made: dict[str, bytes] = {
        f"{name}.xlsx": save(
            contents.sheets(dossier, requirements), footer=f"{case.id} v{case.version}", as_of=case.as_of
        ),
        "request_R4_en.docx": draft(dossier, requirements, "en"),
        "request_R4_zh.docx": draft(dossier, requirements, "zh"),
        **(extra or {}),
    }
    manifest = {
        "case": case.id,
        "version": case.version,
        "as_of": case.as_of.isoformat(),
        "software": f"tracer {dossier.version}",
        "zlib": ZLIB,
        "content_head": dossier.head,
        "exhibit_chain": dossier.chain_head,
        "log_head": dossier.log_head,
        "run": dossier.trace.run,
        "parameters": dossier.trace.parameters,
        "files": {
            path: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            | ({"content_digest": content_digest(data)} if path.endswith(("xlsx", "docx")) else {})
            for path, data in sorted(made.items())
        },
    }
    made["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    written = []
    for path, data in made.items():
        target = out / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp")
        temporary.write_bytes(data)
        temporary.chmod(0o600)
        temporary.replace(target)
        written.append(target)
    return tuple(written)
