"""Cells of CSV files that no spreadsheet takes for a formula."""

import re

FORMULA = re.compile(r"'*\s*[=+@-]")
"""What a cell begins with that a spreadsheet would run, guarded or not."""


def escape_formula(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe goes before a formula, as OWASP
    advises (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return a cell without the apostrophe that `escape_formula` put before it."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell
