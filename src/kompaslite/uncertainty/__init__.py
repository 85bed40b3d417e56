"""Uncertainty: draws, empirical intervals, and summaries of more futures than fit in memory."""

from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.sample import assumptions_of, sample
from kompaslite.uncertainty.intervals import interval_table, intervals, summarise
from kompaslite.uncertainty.levels.fit import fit_levels
from kompaslite.uncertainty.levels.model import Effect, Levels
from kompaslite.uncertainty.levels.processes import Autoregression, fit_autoregression
from kompaslite.uncertainty.summary.lazy import lazy_population
from kompaslite.uncertainty.summary.progress import Progress
from kompaslite.uncertainty.summary.projector import Projection
from kompaslite.uncertainty.summary.reduce import Reduce
from kompaslite.uncertainty.summary.summary import project_summary

__all__ = [
    "Autoregression",
    "Effect",
    "Futures",
    "Levels",
    "Progress",
    "Projection",
    "Reduce",
    "assumptions_of",
    "fit_autoregression",
    "fit_levels",
    "interval_table",
    "intervals",
    "lazy_population",
    "project_summary",
    "sample",
    "summarise",
]
