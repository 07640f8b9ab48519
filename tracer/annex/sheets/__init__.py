"""The sheets of the annex, one file each; the order in which they are planned is not the order in which they stand.

A sheet that others link to is planned before them. Sheet 16 is planned late, because everything that was found while
planning (a break, a difference, a long text) is a row of it; 02 and 01 come last, because they look at all the others.
"""
