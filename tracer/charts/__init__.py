"""Charts: one picture, two renderings.

`kinds/` turn a dossier into a `Picture`; `page` and `frame` draw it with pyvis for a notebook or a meeting, `still` with
matplotlib as an exhibit. All three raise before they draw anything that does not add up to the ledger.

What a chart may say: every figure is read from a conclusion or a fact of the dossier, which INT never enters; a chart is
an illustrative aid and not evidence unless a person says otherwise with a reason.
"""

from tracer.charts.caps import ChartTooLarge, capped
from tracer.charts.fonts import MissingGlyphs, prepare
from tracer.charts.frame import frame
from tracer.charts.graph_style import bloom, grass
from tracer.charts.graphml import graphml
from tracer.charts.kinds import Linked, flow, linked, owners
from tracer.charts.kinds.naming import NothingToDraw
from tracer.charts.layout import LayoutFailed, lay_out
from tracer.charts.page import PageNotClosed, page, script_hashes
from tracer.charts.picture import VERSION, Arrow, Box, ChartDoesNotFoot, Picture, Summary, Tally, grouped, picture_hash
from tracer.charts.still import manifest_line, sheet_count, still
from tracer.charts.table import plain

__all__ = [
    "VERSION",
    "Arrow",
    "Box",
    "ChartDoesNotFoot",
    "ChartTooLarge",
    "LayoutFailed",
    "Linked",
    "MissingGlyphs",
    "NothingToDraw",
    "PageNotClosed",
    "Picture",
    "Summary",
    "Tally",
    "bloom",
    "capped",
    "flow",
    "frame",
    "graphml",
    "grass",
    "grouped",
    "lay_out",
    "linked",
    "manifest_line",
    "owners",
    "page",
    "picture_hash",
    "plain",
    "prepare",
    "script_hashes",
    "sheet_count",
    "still",
]
