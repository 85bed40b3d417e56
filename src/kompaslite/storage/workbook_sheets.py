"""Sheets: formats, tables of numbers with headings that stay in sight, and native charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kompaslite._workbooks import cell_name
from kompaslite.schema import SchemaError
from kompaslite.storage.workbook_frames import Table

#: Number formats by unit; rates are shown with five decimals and stored whole.
_FORMATS = {"persons": "#,##0", "dwellings": "#,##0", "households": "#,##0", "1/year": "0.00000", "1": "0.0000"}


#: Letters that a cell holds.
_LONGEST = 32_767


class Exact(float):
    """A number that is written with all its digits, so that reading it back gives the very same number."""

    def __format__(self, spec: str) -> str:
        """All digits, whatever precision is asked for."""
        return repr(float(self))


@dataclass(slots=True)
class Book:
    """A workbook that is being written.

    Parameters
    ----------
    file : xlsxwriter.Workbook
        Open for writing.
    formats : dict
        Formats by name, made when first used.
    """

    file: Any
    formats: dict[str, Any] = field(default_factory=dict)

    def style(self, name: str, **properties: Any) -> Any:
        """The format of this name, made once."""
        if name not in self.formats:
            self.formats[name] = self.file.add_format({"font_name": "Calibri", "font_size": 10, **properties})
        return self.formats[name]

    def heading(self) -> Any:
        """Format of column headings."""
        return self.style("heading", bold=True, bg_color="#DCE6EC", bottom=1, text_wrap=True, valign="top")

    def number(self, unit: str, *, unborn: bool = False) -> Any:
        """Format of numbers of a unit; those of cohorts not yet born are set apart."""
        pattern = _FORMATS.get(unit, _FORMATS.get(unit.partition("/")[0], "#,##0.0"))
        marked = {"italic": True, "bg_color": "#F3EDDC"} if unborn else {}
        return self.style(f"{pattern}{unborn}", num_format=pattern, **marked)


def write_text(book: Book, name: str, lines: Sequence[tuple[str, object]]) -> None:
    """A sheet of two columns: what, and its value."""
    sheet = book.file.add_worksheet(name)
    sheet.set_column(0, 0, 28, book.style("label", bold=True, valign="top"))
    sheet.set_column(1, 1, 100, book.style("text", text_wrap=True, valign="top"))
    for row, (what, value) in enumerate(lines):
        put_text(sheet, (row, 0), what)
        if isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(row, 1, Exact(value))
        else:
            put_text(sheet, (row, 1), str(value))


def write_table(
    book: Book, name: str, table: Table, *, jump_off: int | None = None, exact: bool = False, widths: float = 9.5
) -> Any:
    """A sheet with one table: labels left, years across, headings frozen."""
    sheet = book.file.add_worksheet(name)
    dims = list(table.labels.columns)
    headings: list[object] = [*dims, *(table.years or ("value",))]
    for column, heading in enumerate(headings):
        _put(sheet, (0, column), heading, book.heading())
    sheet.write_comment(0, 0, f"Unit: {table.unit or 'none'}")
    for column, dim in enumerate(dims):
        for row, label in enumerate(table.labels[dim].tolist(), start=1):
            _put(sheet, (row, column), label)
        sheet.set_column(column, column, 16 if dim in ("area", "scenario", "age_group") else 9)
    unborn = _unborn(table, jump_off)
    plain, marked = book.number(table.unit), book.number(table.unit, unborn=True)
    for (row, column), number in np.ndenumerate(table.values):
        value = Exact(number) if exact else float(number)
        sheet.write_number(row + 1, len(dims) + column, value, marked if unborn[row, column] else plain)
    sheet.set_column(len(dims), len(dims) + table.values.shape[1], widths)
    sheet.freeze_panes(1, len(dims))
    if len(table.labels) > 1:
        sheet.autofilter(0, 0, len(table.labels), len(headings) - 1)
    return sheet


def put_text(sheet: Any, at: tuple[int, int], text: str, shown: Any = None) -> None:
    """Text as text: never a formula or a link, whatever it begins with, and never cut."""
    if len(text) > _LONGEST:
        raise SchemaError(
            f"sheet {sheet.get_name()}, cell {cell_name(at[0] + 1, at[1])}: the text has {len(text):,} letters, and a "
            f"cell holds {_LONGEST:,}. Shorten it."
        )
    sheet.write_string(*at, text, shown)


def _put(sheet: Any, at: tuple[int, int], label: object, shown: Any = None) -> None:
    if isinstance(label, str):
        put_text(sheet, at, label, shown)
    else:
        sheet.write_number(*at, label, shown)


def _unborn(table: Table, jump_off: int | None) -> np.ndarray:
    shape = table.values.shape
    if jump_off is None or "oldest" not in table.labels.attrs:
        return np.zeros(shape, dtype=bool)
    oldest = np.asarray(table.labels.attrs["oldest"], dtype=float)
    return oldest[:, None] < np.asarray(table.years)[None, :] - jump_off


def add_chart(
    book: Book,
    sheet: Any,
    *,
    kind: Mapping[str, str],
    title: str,
    series: Sequence[Mapping[str, Any]],
    axes: tuple[str, str],
    at: str,
) -> None:
    """A native chart on a sheet."""
    chart = book.file.add_chart(dict(kind))
    for one in series:
        chart.add_series(dict(one))
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_x_axis({"name": axes[0], "num_font": {"size": 9}})
    chart.set_y_axis(
        {"name": axes[1], "num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}}
    )
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 380})
    sheet.insert_chart(at, chart)
