"""Kinds of chart: one file, one pure function from a dossier to a Picture, each (charts.md section 5)."""

from tracer.charts.kinds.flow import flow
from tracer.charts.kinds.owners import owners

__all__ = ["flow", "owners"]
