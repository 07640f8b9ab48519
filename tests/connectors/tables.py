"""Builds the sources of the table tests."""

import hashlib
from pathlib import Path

from tracer.ingest import Source
from tracer.ingest.proposal import Proposal
from tracer.model import Exhibit


def source(folder: Path, name: str, content: str | bytes, profile: str = "", **answers: str) -> Source:
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(data)
    if profile:
        place = folder / "profile.yaml"
        place.write_text(profile, "utf-8")
        answers = {"profile": str(place), **answers}
    exhibit = Exhibit(hashlib.sha256(data).hexdigest(), "EX-0001", name, len(data), "EV", "", "", "", "", "")
    return Source.open(exhibit, path, answers)


def asked(proposal: Proposal) -> dict[str, str]:
    """Answer what the proposal asks, and no more: an answer that contradicts what the file says is refused."""
    questions = " ".join(proposal.questions)
    answers = {"account": "A1", "currency": "USD", "date_order": "dmy", "decimal": ".", "direction": "as_read"}
    return {key: value for key, value in answers.items() if f"--answer {key}=" in questions}
