"""The dated list of authorities (requests.md section 10): read from data, so that no template knows a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from tracer.yamltext import load_yaml

__all__ = ["STALE_AFTER_DAYS", "UNVERIFIED", "Authority", "authorities", "named"]

UNVERIFIED = "UNVERIFIED 未核实"
STALE_AFTER_DAYS = 180  # CR19


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority as a source states it; `verified_on` None until a person has checked it."""

    id: str
    state: str
    role: str
    name_en: str
    name_zh: str
    source: str
    superseded_by: str
    verified_on: date | None
    verified_by: str
    note: str

    def mark(self, as_of: date) -> str:
        """Return what a draft prints behind the name: unverified, stale, superseded, or nothing."""
        if self.superseded_by:
            return f"{UNVERIFIED} · superseded by {self.superseded_by}"
        if self.verified_on is None:
            return UNVERIFIED
        if (as_of - self.verified_on).days > STALE_AFTER_DAYS:
            return f"verified {self.verified_on}, more than {STALE_AFTER_DAYS} days ago 核实已逾{STALE_AFTER_DAYS}日"
        return ""


def authorities() -> dict[str, Authority]:
    """Return id -> authority, as shipped."""
    text = files("tracer.routes").joinpath("authorities.yaml").read_text(encoding="utf-8")
    return {str(row["id"]): _authority(row) for row in load_yaml(text, "authorities.yaml")}


def named(as_of: date) -> dict[str, tuple[str, str, str]]:
    """Return id -> (English name, Chinese name, mark on `as_of`), as a draft prints it."""
    return {key: (one.name_en, one.name_zh, one.mark(as_of)) for key, one in authorities().items()}


def _authority(row: dict[str, str | None]) -> Authority:
    verified = row["verified_on"]
    return Authority(
        id=row["id"] or "",
        state=row["state"] or "",
        role=row["role"] or "",
        name_en=row["name_en"] or "",
        name_zh=row["name_zh"] or "",
        source=row["source"] or "",
        superseded_by=row["superseded_by"] or "",
        verified_on=date.fromisoformat(verified) if verified else None,
        verified_by=row["verified_by"] or "",
        note=row["note"] or "",
    )
