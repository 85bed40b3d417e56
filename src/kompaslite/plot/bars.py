"""Bars: components of growth, deviations by age, dwellings by year, growth in per cent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kompaslite.plot.axes import (
    COLOURS,
    axes_or_new,
    clear_frame,
    count_axis,
    decimal_axis,
    legend_above,
    literal,
    zero_line,
)
from kompaslite.schema import SchemaError, require_values, short_list
from kompaslite.text import Language, number, quarter_label, signed, term, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DWELLINGS = ("planned", "expected", "completed")
#: Bars whose labels have room beside each other.
_WIDE = 16


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
    parts = _checked_components(table)
    ax = axes_or_new(ax)
    places = np.arange(len(table))
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for name in [one for one in parts if table[one].any()] or parts:
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


def _checked_components(table: pd.DataFrame) -> list[str]:
    parts = [str(name) for name in table.columns if name in COLOURS and name != "growth"]
    if "growth" not in table.columns or not parts or table.empty:
        raise SchemaError(
            f"components: growth and one component at least are needed; there is {short_list(list(table.columns))}."
        )
    for name in (*parts, "growth"):
        require_values(table[name].astype(float).to_xarray(), name)
    return parts


def plot_deviation(table: pd.DataFrame, *, ax: "Axes | None" = None, language: Language = "en") -> "Axes":
    """Actual less forecast by age group: more came up, fewer came down.

    Parameters
    ----------
    table : pd.DataFrame
        As from `deviation_table`: a row per age group, ``deviation`` in persons; the row ``total`` is not drawn.
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
        If there is no deviation, or a value that is not a number.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"deviation": [-6, 58, 52]}, index=["0-19", "20+", "total"])
    >>> len(plot_deviation(table, ax=Figure().subplots()).patches)
    2
    """
    if "deviation" not in table.columns:
        raise SchemaError(f"deviation: there is no column deviation; there are {short_list(list(table.columns))}.")
    values = _numbers(table["deviation"].drop(index="total", errors="ignore"), "deviation")
    ax = axes_or_new(ax)
    colours = [COLOURS["gain" if value >= 0 else "loss"] for value in values]
    bars = ax.bar(np.arange(len(values)), values, color=colours)
    ax.bar_label(bars, [signed(value, language) for value in values], padding=2, fontsize="small")
    zero_line(ax)
    ax.margins(y=0.12)
    ax.set_xticks(np.arange(len(values)), [literal(group).replace("-", "–") for group in values.index], rotation=60)
    ax.set_xlabel(term("age_years", language))
    ax.set_ylabel(term("deviation_persons", language))
    count_axis(ax.yaxis, language)
    clear_frame(ax)
    return ax


def plot_housing(dwellings: pd.DataFrame, *, ax: "Axes | None" = None, language: Language = "en") -> "Axes":
    """Dwellings planned, expected and completed, beside each other.

    Parameters
    ----------
    dwellings : pd.DataFrame
        Dwellings per year, a row for each, any of the columns ``planned``, ``expected`` and ``completed``; what is
        missing leaves a gap.
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
        If there is none of the three, or no number at all.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> dwellings = pd.DataFrame({"planned": [650], "expected": [582], "completed": [408]}, index=[2025])
    >>> len(plot_housing(dwellings, ax=Figure().subplots()).patches)
    3
    """
    names = [name for name in _DWELLINGS if name in dwellings.columns and dwellings[name].notna().any()]
    if not names:
        raise SchemaError(f"dwellings: one of {short_list(_DWELLINGS)} is needed, with a number. Add a column.")
    ax = axes_or_new(ax)
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        values = dwellings[name].to_numpy(dtype=float)
        places = np.arange(len(values)) + (i - (len(names) - 1) / 2.0) * width
        bars = ax.bar(places, values, width, color=COLOURS[name], edgecolor="white", label=term(name, language))
        ax.bar_label(bars, ["" if np.isnan(value) else whole(value, language) for value in values], fontsize="small")
    ax.set_xticks(np.arange(len(dwellings)), [literal(year) for year in dwellings.index])
    ax.set_xlim(-0.75, len(dwellings) - 0.25)
    ax.margins(y=0.1)
    ax.set_ylabel(term("dwellings_per_year", language))
    count_axis(ax.yaxis, language)
    clear_frame(ax)
    legend_above(ax)
    return ax


def plot_growth(rates: Mapping[int, float], *, ax: "Axes | None" = None, language: Language = "en") -> "Axes":
    """Growth in per cent, year by year.

    Parameters
    ----------
    rates : mapping of year to number
        Per cent per year.
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
        If there is no year, or a value that is not a number.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> len(plot_growth({2024: -0.3, 2025: 0.66}, ax=Figure().subplots()).patches)
    2
    """
    values = _numbers(pd.Series(rates), "growth")
    ax = axes_or_new(ax)
    bars = ax.bar(np.arange(len(values)), values, color=COLOURS["gain"])
    size = "small" if len(values) <= _WIDE else "xx-small"
    ax.bar_label(bars, [number(value, language, decimals=1) for value in values], padding=2, fontsize=size)
    zero_line(ax)
    ax.margins(y=0.1)
    ax.set_xticks(np.arange(len(values)), [str(year) for year in values.index], rotation=90 if len(values) > 8 else 0)
    ax.set_ylabel(term("growth_percent", language))
    decimal_axis(ax.yaxis, language)
    clear_frame(ax)
    return ax


def plot_places(
    rates: Mapping[str, float], *, place: str | None = None, ax: "Axes | None" = None, language: Language = "en"
) -> "Axes":
    """Growth in per cent of several places, the highest on top.

    Parameters
    ----------
    rates : mapping of place to number
        Per cent in one year.
    place : str, optional
        The one that stands out.
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
        If there is no place, or a value that is not a number.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> len(plot_places({"Here": 0.66, "There": -0.1}, place="Here", ax=Figure().subplots()).patches)
    2
    """
    values = _numbers(pd.Series(rates), "growth").sort_values()
    ax = axes_or_new(ax)
    colours = [COLOURS["expected" if name == place else "gain"] for name in values.index]
    bars = ax.barh(np.arange(len(values)), values, color=colours)
    ax.bar_label(bars, [number(value, language, decimals=1) for value in values], padding=3)
    ax.axvline(0, color="#111111", linewidth=0.8)
    ax.margins(x=0.2 if values.iloc[0] < 0 else 0.1)
    ax.set_yticks(np.arange(len(values)), [literal(name) for name in values.index])
    ax.set_xlabel(term("growth_percent", language))
    decimal_axis(ax.xaxis, language)
    clear_frame(ax)
    return ax


def _numbers(values: pd.Series, name: str) -> pd.Series:
    if values.empty:
        raise SchemaError(f"{name}: there is nothing to draw. Give one figure at least.")
    numbers = values.astype(float)
    require_values(numbers.rename_axis("label").to_xarray(), name)
    return numbers
