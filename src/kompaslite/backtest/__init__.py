"""Backtests: what a method would have said, beside what came."""

from kompaslite.backtest.exclusions import excluded, set_aside
from kompaslite.backtest.intervals import QUANTILES, ErrorPool, empirical_intervals, interval_around
from kompaslite.backtest.official import official_hindcasts
from kompaslite.backtest.revisions import by_year, revisions
from kompaslite.backtest.rolling import backtest

__all__ = [
    "QUANTILES",
    "ErrorPool",
    "backtest",
    "by_year",
    "empirical_intervals",
    "excluded",
    "interval_around",
    "official_hindcasts",
    "revisions",
    "set_aside",
]
