"""What the charts share: axes, colours, numbers on an axis, and where the legend stands."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import xarray as xr

from kompaslite._extras import from_extra
from kompaslite.schema import require_dims, require_values
from kompaslite.text import Language, number, term, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

#: Colours by name: at least 3 to 1 against white, and told apart by readers who see no red or green.
COLOURS = {
    "natural_increase": "#00795A",
    "net_immigration": "#C77700",
    "net_in_migration": "#005B99",
    "net_migration": "#3A8FC4",
    "net_moves": "#B5568C",
    "adjustment": "#767676",
    "growth": "#111111",
    "women": "#B8500A",
    "men": "#005B99",
    "planned": "#767676",
    "expected": "#C77700",
    "completed": "#005B99",
    "gain": "#005B99",
    "loss": "#B8500A",
}
#: Lines that lie in one chart, in turn.
LINES = ("#005B99", "#B8500A", "#00795A", "#B5568C", "#767676", "#C77700")


def axes_or_new(ax: "Axes | None") -> "Axes":
    """The axes given, or those of a new figure."""
    if ax is not None:
        return ax
    pyplot = from_extra("matplotlib.pyplot", "desk", "plot")
    return cast("Axes", pyplot.subplots(figsize=(7.0, 4.2), layout="constrained")[1])


def clear_frame(ax: "Axes") -> None:
    """Take away the frame on top and at the right."""
    ax.spines[["top", "right"]].set_visible(False)


def count_axis(axis: "Axis", language: Language, *, absolute: bool = False) -> None:
    """Print counts on an axis as the language does, without a sign where both sides are counts."""

    def printed(value: float, _: int) -> str:
        return whole(abs(value) if absolute else value, language)

    locator = from_extra("matplotlib.ticker", "desk", "plot").MaxNLocator
    axis.set_major_locator(locator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    axis.set_major_formatter(_formatter(printed))


def decimal_axis(axis: "Axis", language: Language) -> None:
    """Print numbers on an axis with the decimal sign of the language: as many decimals as its ticks need."""

    def printed(value: float, _: int) -> str:
        alike = [value] if axis.get_scale() == "log" else axis.get_majorticklocs()
        return number(value, language, decimals=max(_decimals(float(one)) for one in alike))

    axis.set_major_formatter(_formatter(printed))


def _decimals(value: float) -> int:
    return max(0, -int(Decimal(f"{value:.3g}").normalize().as_tuple().exponent))


def _formatter(printed: Callable[[float, int], str]) -> Any:
    return from_extra("matplotlib.ticker", "desk", "plot").FuncFormatter(printed)


def year_axis(ax: "Axes", years: Sequence[int], language: Language) -> None:
    """Ticks at whole years, seven of them at most."""
    span = max(years) - min(years)
    step = next(one for one in (1, 2, 5, 10, 20, 50, 100, 1000) if one * 6 >= span)
    ax.set_xticks([year for year in range(min(years), max(years) + 1) if year % step == 0])
    ax.set_xlabel(term("on_1_january", language))


def zero_line(ax: "Axes") -> None:
    """A line at nought, from which bars go up and down."""
    ax.axhline(0, color="#111111", linewidth=0.8)


def literal(name: object) -> str:
    """A name as it is written: a dollar sign opens no formula, and an underscore in front hides it from no legend."""
    text = str(name).replace("$", r"\$")
    return f"\u2060{text}" if text.startswith("_") else text


def legend_above(ax: "Axes") -> None:
    """The legend over the axes, where it hides nothing and meets no labels."""
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False, borderaxespad=0.2)


def drawable(array: xr.DataArray, name: str, dims: Sequence[str], *, low: float = float("-inf")) -> xr.DataArray:
    """An array with exactly these dimensions, in this order, as floats; others of one label become scalars."""
    array = array.squeeze([dim for dim in array.dims if dim not in dims and array.sizes[dim] == 1])
    require_dims(array, name, needed=dims, allowed=dims)
    words = "are not finite numbers" if low == float("-inf") else f"are not numbers of at least {low:g}"
    require_values(array, name, low=low, words=words)
    return array.transpose(*dims).astype(float)
