"""What the charts share: axes, colours, and numbers on an axis."""

from typing import TYPE_CHECKING, cast

from kompaslite.extras import from_extra
from kompaslite.language import Language, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

#: Colours by name, told apart by readers who see no red or green as well (Okabe & Ito).
COLOURS = {
    "natural_increase": "#009E73",
    "net_immigration": "#E69F00",
    "net_in_migration": "#0072B2",
    "net_migration": "#56B4E9",
    "net_moves": "#CC79A7",
    "adjustment": "#999999",
    "growth": "#111111",
    "women": "#D55E00",
    "men": "#0072B2",
}


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
    ticker = from_extra("matplotlib.ticker", "desk", "plot")

    def printed(value: float, _: int) -> str:
        return whole(abs(value) if absolute else value, language)

    axis.set_major_formatter(ticker.FuncFormatter(printed))
