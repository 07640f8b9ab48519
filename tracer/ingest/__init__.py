"""Intake: from a file as received to facts, rejects and a reconciliation report.

`intake` copies the file read-only under its SHA-256 before anything parses it and writes one custody line.
`find` asks every connector whether it claims the bytes. `read` runs the one that does, counts raw records against
facts and rejects, and reconciles balances and control totals. A count that does not tie is our bug and stops the
load; a sum that does not tie loads and is marked (formats.md section 1).
"""

from tracer.ingest.registry import Connector, NeedsAnswer, claimants, connector, find, installed
from tracer.ingest.source import Source, decode

__all__ = ["Connector", "NeedsAnswer", "Source", "claimants", "connector", "decode", "find", "installed"]
