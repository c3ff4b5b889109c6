"""Cells of a file for spreadsheets: text remains text, and what does not fit is cut and reported.

A spreadsheet takes text beginning with = + - @ (also in their full-width forms), a tab or a line break for a formula; it
holds 32,767 characters per cell and 1,048,576 rows.  Numbers are passed through as numbers.
"""

from __future__ import annotations

from data.text import Lang, Text

#: Maximum characters per cell (counted by spreadsheets in UTF-16 units), and rows per sheet.
LONGEST, MOST_ROWS = 32_767, 1_048_576
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
#: Characters that a spreadsheet may skip before it looks for a formula.
_PASSED_OVER = " \u00a0\u3000\ufeff\u200b\u200c\u200d\u2060"
CUT = Text(
    zh="有 {n} 个单元格超过 {most} 个字符，已截断（以 … 结尾）",
    en="{n} cells were longer than {most} characters and cut (they end in …)",
)
ONE_CUT = Text(zh=CUT.zh, en="{n} cell was longer than {most} characters and cut (they end in …)")
ROWS = Text(
    zh="共 {rows} 行，工作表至多 {most} 行，只能显示前 {shown} 行；请缩小范围分次导出",
    en="{rows} rows; a sheet holds {most} and shows the first {shown}: narrow the filters and export in parts",
)


class Cells:
    """Makes the cells of one file, and counts those that had to be cut."""

    def __init__(self) -> None:
        self.cut = 0

    def __call__(self, value: object) -> object:
        """``value`` in a form allowed in a cell: text without control characters, never a formula, never too long."""
        if not isinstance(value, str):
            return value
        text = guarded(value if value.isprintable() else "".join(filter(_holdable, value)))
        if len(text) <= LONGEST // 2 or _units(text) <= LONGEST:
            return text
        self.cut += 1
        return text.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"

    def said(self, lang: Lang) -> tuple[str, ...]:
        """A note if something was cut."""
        if not self.cut:
            return ()
        return ((ONE_CUT if self.cut == 1 else CUT)(lang).format(n=f"{self.cut:,}", most=f"{LONGEST:,}"),)


def guarded(text: str) -> str:
    """Prefixes an apostrophe to what would be taken for a formula."""
    return "'" + text if text.lstrip(_PASSED_OVER)[:1] in _FORMULA and text else text


def too_many_rows(rows: int, shown: int, lang: Lang) -> str:
    """The note if a sheet cannot hold all ``rows``: ``shown`` of them are visible."""
    return ROWS(lang).format(rows=f"{rows:,}", most=f"{MOST_ROWS:,}", shown=f"{shown:,}")


def in_one_line(text: str) -> str:
    """``text`` on one line, without characters that XML cannot contain: line breaks and tabs become spaces."""
    return text if text.isprintable() else "".join(" " if c in "\t\r\n" else c for c in text if _holdable(c))


def _holdable(c: str) -> bool:
    """Whether XML, and so a sheet, can contain the character."""
    return c in "\t\r\n" or (c >= " " and not ("\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff"))


def _units(text: str) -> int:
    return len(text) + sum(c > "\uffff" for c in text)
