"""Kinds of chart: one file, one pure function from a dossier to a Picture, each; `linked` draws what a query of the graph answered (charts.md section 5)."""

from tracer.charts.kinds.flow import flow
from tracer.charts.kinds.linked import Linked, linked
from tracer.charts.kinds.owners import owners

__all__ = ["Linked", "flow", "linked", "owners"]
