"""The evidentiary annex: findings to a workbook that recomputes itself, request drafts, charts and the manifest.

`write` has no source but the dossier. No number is typed: every amount is a cell of the dossier or a formula whose engine
value stands beside it. Two builds of one dossier give the same bytes.

::

    plan.py, sheets/    what stands where, one file per sheet; sublots.py the rows of an ordered arrival
    sheets/s23 to s25   what was done to the trace before it left: the 22 checks, the second engine, figures in sentences
    cells.py            the one guarded way into a cell; workbook.py the file, zipped.py its stable bytes
    formulas.py         the engine's value of every formula, evaluated exactly from the text that is shipped
    recalc.py           LibreOffice, forced to recalculate
    request_draft.py    the drafts, from one template tree; wording.py the sentence forms and the lint
    manifest.py         what was written, with hashes and content digests
"""

from tracer.annex.writing import write

__all__ = ["write"]
