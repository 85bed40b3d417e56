"""Uncertainty: draws, empirical intervals, and summaries of more futures than fit in memory."""

from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.materialise import assumptions_of
from kompaslite.uncertainty.ensemble.sample import sample
from kompaslite.uncertainty.intervals import interval_table, intervals, summarise
from kompaslite.uncertainty.levels.fit import fit_levels
from kompaslite.uncertainty.levels.levels import Effect, Levels
from kompaslite.uncertainty.summary.lazy import lazy_population
from kompaslite.uncertainty.summary.reduce import Reduce
from kompaslite.uncertainty.summary.summary import project_summary

__all__ = [
    "Effect",
    "Futures",
    "Levels",
    "Reduce",
    "assumptions_of",
    "fit_levels",
    "interval_table",
    "intervals",
    "lazy_population",
    "project_summary",
    "sample",
    "summarise",
]
