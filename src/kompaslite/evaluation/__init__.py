"""Judging forecasts: backtests, scores, intervals from past errors, and why a forecast missed."""

from kompaslite.evaluation.cases import common, has_pair, summed
from kompaslite.evaluation.deviation import explain_deviation
from kompaslite.evaluation.error_pool import QUANTILES, ErrorPool, empirical_intervals, interval_around
from kompaslite.evaluation.exclusions import excluded, set_aside
from kompaslite.evaluation.groups import SIZE_CLASSES, size_class, sum_groups
from kompaslite.evaluation.hindcasts import check_hindcasts, make_hindcasts
from kompaslite.evaluation.lifetime import shelf_life
from kompaslite.evaluation.official import official_hindcasts
from kompaslite.evaluation.revisions import by_year, revisions
from kompaslite.evaluation.rolling import backtest
from kompaslite.evaluation.scores import Bootstrap, score
from kompaslite.evaluation.tables import components_table, deviation_table

__all__ = [
    "QUANTILES",
    "SIZE_CLASSES",
    "Bootstrap",
    "ErrorPool",
    "backtest",
    "by_year",
    "check_hindcasts",
    "common",
    "components_table",
    "deviation_table",
    "empirical_intervals",
    "excluded",
    "explain_deviation",
    "has_pair",
    "interval_around",
    "make_hindcasts",
    "official_hindcasts",
    "revisions",
    "score",
    "set_aside",
    "shelf_life",
    "size_class",
    "sum_groups",
    "summed",
]
