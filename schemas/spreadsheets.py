"""What a spreadsheet program would compute instead of showing, and how a text says that it is none.

Belongs here: the one rule, for every room that writes something people open in a spreadsheet. Frames go through
`warehouse.spreadsheets`; a workbook whose cells bear types needs no apostrophe, only text cells written as text.

Source: OWASP, CSV Injection. A cell that begins with = + - @, after blanks or a quote, is a formula. A program that
splits at another separator than the comma also begins a cell behind a semicolon, a tab or a line end inside a text.
"""

import re

FORMULA = r"(^|[;|\t\r\n])([\s\"']*)([=+\-@＝＋－＠])"
"""Where a formula would begin; the same in Python's and in Polars' regular expressions."""

PLAIN_NUMBER = r"^[+\-]?[0-9]+([.,][0-9]+)*([eE][+\-]?[0-9]+)?$"
"""A text that is a number whoever reads it: left as it is, so that columns of figures stay figures."""

INERT = ("$1$2'$3", r"\1\2'\3")
"""What is put there instead, for Polars and for Python: an apostrophe before it."""


def inert_text(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet program would take for a formula.

    Example: `inert_text("=1+1")` is `'=1+1`; `inert_text("-5")` stays.
    """
    return text if re.fullmatch(PLAIN_NUMBER, text) else re.sub(FORMULA, INERT[1], text)
