"""Charts on matplotlib axes: each takes an ``ax`` and returns it."""

from kompaslite.plot.components import plot_components
from kompaslite.plot.pyramid import plot_pyramid

__all__ = ["plot_components", "plot_pyramid"]
