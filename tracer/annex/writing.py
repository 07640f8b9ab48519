"""Write an annex: workbook, drafts in both languages, charts and manifest, each under a temporary name first."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracer.annex.manifest import manifest
from tracer.annex.request_draft import Named, docx, paragraphs
from tracer.annex.workbook import planned, rendered
from tracer.model import CaseError, Dossier, Requirement

__all__ = ["write"]


def write(
    dossier: Dossier,
    requirements: Sequence[Requirement],
    out_dir: Path,
    *,
    name: str,
    extra: Mapping[str, bytes] | None = None,
    route: str = "R4",
    authorities: Named | None = None,
    override: tuple[str, str] | None = None,
) -> tuple[Path, ...]:
    """Write the annex of a dossier into `out_dir` and return the files, the manifest last.

    `extra` are further files by relative name (charts). `authorities`: id -> (English, Chinese, mark). `override` is
    (who, reason) for a build that goes on although a check fails; it is printed on sheets 01 and 21.

    Raises: CheckFailed where the annex contradicts itself; CaseError for a name that leads out of `out_dir`.
    """
    plan = planned(dossier, requirements, route, override)
    made = paragraphs(plan, authorities)
    files: dict[str, bytes] = {
        f"{name}.xlsx": rendered(plan, override).data,
        f"request_{route}_en.docx": docx(plan, made, "en"),
        f"request_{route}_zh.docx": docx(plan, made, "zh"),
        **(extra or {}),
    }
    files["manifest.json"] = manifest(plan, files, name=name)
    targets = {path: _inside(out_dir, path) for path in files}
    _put({targets[path]: data for path, data in files.items()})
    return tuple(targets.values())


def _inside(folder: Path, name: str) -> Path:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise CaseError(
            f"{name!r} leads out of the folder of the annex.",
            where="annex.write",
            meaning="Nothing was written.",
            next_call="choose a plain file name",
        )
    return target


def _put(files: Mapping[Path, bytes]) -> None:
    """Write all under temporary names in the same folders, 0600 from the start, then rename all, the manifest last."""
    waiting: dict[Path, Path] = {}
    try:
        for target, data in files.items():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.tmp")
            temporary.unlink(missing_ok=True)
            waiting[temporary] = target
            temporary.touch(mode=0o600)
            temporary.write_bytes(data)
        for temporary, target in waiting.items():
            temporary.replace(target)
    except PermissionError as error:
        folder = Path(error.filename or next(iter(files))).parent
        raise CaseError(
            f"No permission to write into the folder {folder.name} of the annex.",
            where=str(folder),
            meaning="Nothing of this annex was written; what stood in the folder before stands, and the case is unchanged.",
            next_call=f"ls -ld {shlex.quote(str(folder))}, have it opened to you for writing, then: tracer annex",
        ) from None
    except OSError as error:
        raise CaseError(
            f"The annex could not be written: {error.strerror}.",
            where=str(error.filename or next(iter(files)).parent),
            meaning="What stood in the folder before stands; files of this build are there whole or not at all.",
            next_call="free space on this disk, then: tracer annex",
        ) from None
    finally:
        for temporary in waiting:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
