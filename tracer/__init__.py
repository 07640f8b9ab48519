"""Tracer: from raw bank records to an evidentiary annex."""
