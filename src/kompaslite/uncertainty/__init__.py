"""Uncertainty: draws, empirical intervals, and summaries of more futures than fit in memory."""

from kompaslite.uncertainty.fit import fit_levels
from kompaslite.uncertainty.futures import Futures
from kompaslite.uncertainty.intervals import interval_table, intervals, summarise
from kompaslite.uncertainty.lazy import lazy_population
from kompaslite.uncertainty.levels import Effect, Levels
from kompaslite.uncertainty.materialise import assumptions_of
from kompaslite.uncertainty.reduce import Reduce
from kompaslite.uncertainty.sample import sample
from kompaslite.uncertainty.summary import project_summary

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
