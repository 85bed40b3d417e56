"""Charts on matplotlib axes: each takes an ``ax`` and returns it."""

from kompaslite.plot.bars import plot_components, plot_deviation, plot_growth, plot_housing, plot_places
from kompaslite.plot.fan import plot_fan, plot_scenarios
from kompaslite.plot.lexis import plot_lexis
from kompaslite.plot.pyramid import plot_pyramid

__all__ = [
    "plot_components",
    "plot_deviation",
    "plot_fan",
    "plot_growth",
    "plot_housing",
    "plot_lexis",
    "plot_places",
    "plot_pyramid",
    "plot_scenarios",
]
