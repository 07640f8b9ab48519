"""Statutory, elective and backward theories: separate columns, never mixed with tracing rules (tracing.md section 3).

Every theory is one file with its authority and its contrary. None changes the ledger or the rules' figures.
"""
