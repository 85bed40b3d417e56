"""Judging forecasts: backtests, scores, intervals from past errors, and why a forecast missed.

Two signs, each with its own word. A *deviation* is actual less forecast, as the population note prints it: -217 where
217 fewer came than were forecast. An *error* or *bias* is forecast less actual, as the literature has it: above 0 where
too many were forecast. Results say which in ``attrs["sign"]``.
"""

from kompaslite.evaluation.deviation import explain_deviation
from kompaslite.evaluation.error_pool import QUANTILES, ErrorPool, empirical_intervals, interval_around
from kompaslite.evaluation.exclusions import exclude_areas, excluded_areas
from kompaslite.evaluation.groups import SIZE_CLASSES, size_class, sum_groups
from kompaslite.evaluation.hindcasts import check_hindcasts, common_cases, has_pair, make_hindcasts, sum_over_sex_age
from kompaslite.evaluation.lifetime import shelf_life
from kompaslite.evaluation.published import by_year, official_hindcasts, revisions
from kompaslite.evaluation.rolling import backtest
from kompaslite.evaluation.scores import Bootstrap, score
from kompaslite.evaluation.tables import ByAge, components_table, deviation_table

__all__ = [
    "QUANTILES",
    "SIZE_CLASSES",
    "Bootstrap",
    "ByAge",
    "ErrorPool",
    "backtest",
    "by_year",
    "check_hindcasts",
    "common_cases",
    "components_table",
    "deviation_table",
    "empirical_intervals",
    "exclude_areas",
    "excluded_areas",
    "explain_deviation",
    "has_pair",
    "interval_around",
    "make_hindcasts",
    "official_hindcasts",
    "revisions",
    "score",
    "shelf_life",
    "size_class",
    "sum_groups",
    "sum_over_sex_age",
]
