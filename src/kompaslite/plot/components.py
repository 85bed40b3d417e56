"""Components of growth, year by year."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kompaslite.plot.axes import COLOURS, axes_or_new, clear_frame, count_axis, legend_above, zero_line
from kompaslite.schema import SchemaError, require_values, short_list
from kompaslite.text import Language, quarter_label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_components(table: pd.DataFrame, *, ax: "Axes | None" = None, language: Language = "en") -> "Axes":
    """Stacked bars of the components of growth, gains up and losses down, and a line for growth.

    Parameters
    ----------
    table : pd.DataFrame
        As from `components_table`: persons per period, a row for each year or quarter, with ``growth``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.
    language : {"en", "nb"}
        Language of the words and numbers.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        If there is no ``growth``, no component, or a value that is not a number.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> figures = pd.DataFrame({"natural_increase": [452, 304], "adjustment": [10, 13], "growth": [462, 317]})
    >>> ax = plot_components(figures.set_axis([2024, 2025]))
    >>> ax.get_ylabel()
    'Persons per year'
    """
    parts = _checked(table)
    ax = axes_or_new(ax)
    places = np.arange(len(table))
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for name in parts:
        values = table[name].to_numpy(dtype=float)
        bottom = np.where(values >= 0, up, down)
        ax.bar(places, values, bottom=bottom, color=COLOURS[name], label=term(name, language), edgecolor="white")
        up, down = up + values.clip(min=0), down + values.clip(max=0)
    growth = table["growth"].to_numpy(dtype=float)
    ax.plot(places, growth, marker="o", markersize=4, color=COLOURS["growth"], label=term("growth", language))
    zero_line(ax)
    labels, period = _periods(table.index, language)
    ax.set_xticks(places, labels, rotation=90 if len(table) > 8 else 0)
    ax.set_ylabel(period)
    count_axis(ax.yaxis, language)
    clear_frame(ax)
    legend_above(ax)
    return ax


def _periods(index: pd.Index, language: Language) -> tuple[list[str], str]:
    """Labels of the periods, and the unit of the axis."""
    labels = [str(label) for label in index]
    if all(label.isdigit() for label in labels):
        return labels, term("persons_per_year", language)
    return [quarter_label(label, language) for label in labels], term("persons_per_quarter", language)


def _checked(table: pd.DataFrame) -> list[str]:
    parts = [str(name) for name in table.columns if name in COLOURS and name != "growth"]
    if "growth" not in table.columns or not parts or table.empty:
        raise SchemaError(
            f"components: growth and one component at least are needed; there is {short_list(list(table.columns))}."
        )
    for name in (*parts, "growth"):
        require_values(table[name].astype(float).to_xarray(), name)
    return parts
