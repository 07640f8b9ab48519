"""What became of the proceeds, under every rule, and the floor and ceiling that hold under all of them."""

from tracer.trace.entries import Entries

__all__ = ["Entries"]
