"""What became of the proceeds, under every rule, and the floor and ceiling that hold under all of them."""

from tracer.trace.entries import Entries
from tracer.trace.replay import Replay, replay, trace_all
from tracer.trace.rules import RULES

__all__ = ["RULES", "Entries", "Replay", "replay", "trace_all"]
