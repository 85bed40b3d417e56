"""Components of growth, year by year."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kompaslite.language import Language, term
from kompaslite.plot.axes import COLOURS, axes_or_new, clear_frame, count_axis
from kompaslite.schema import SchemaError, require_values, short_list

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
    'Persons'
    """
    parts = _checked(table)
    ax = axes_or_new(ax)
    places = np.arange(len(table))
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for name in parts:
        values = table[name].to_numpy(dtype=float)
        ax.bar(places, values, bottom=np.where(values >= 0, up, down), color=COLOURS[name], label=term(name, language))
        up, down = up + values.clip(min=0), down + values.clip(max=0)
    growth = table["growth"].to_numpy(dtype=float)
    ax.plot(places, growth, color=COLOURS["growth"], marker="o", markersize=4, label=term("growth", language))
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_xticks(places, [str(label) for label in table.index], rotation=90 if len(table) > 8 else 0)
    ax.set_ylabel(term("persons", language))
    count_axis(ax.yaxis, language)
    clear_frame(ax)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)
    return ax


def _checked(table: pd.DataFrame) -> list[str]:
    parts = [str(name) for name in table.columns if name in COLOURS and name != "growth"]
    if "growth" not in table.columns or not parts or table.empty:
        raise SchemaError(
            f"components: growth and one component at least are needed; there is {short_list(list(table.columns))}."
        )
    for name in (*parts, "growth"):
        require_values(table[name].astype(float).to_xarray(), name)
    return parts
