"""Rates from data: vital rates, moves, life tables, Lee-Carter, credibility, smoothing, schedules, measures."""

from kompaslite.rates.complete import damped_trend, over_years
from kompaslite.rates.credibility import Strengths, shrink
from kompaslite.rates.credibility_net import shrink_net
from kompaslite.rates.exposure import cohort_end, cohort_start, exposure, fitting_years, rate, women
from kompaslite.rates.graduation import GraduationError, graduate
from kompaslite.rates.indicators import (
    NOTE_AGE_GROUPS,
    age_groups,
    dependency_ratio,
    mean_age,
    sex_ratio,
    total_fertility,
)
from kompaslite.rates.lee_carter import LeeCarter, lee_carter
from kompaslite.rates.life_table import cohort_rates, life_expectancy, life_table, survival_ratios
from kompaslite.rates.migration import fit_migration
from kompaslite.rates.parametric import (
    FittedSchedule,
    fit_schedule,
    heligman_pollard,
    peristera_kostaki,
    rogers_castro,
    sex_ratio_by_age,
)
from kompaslite.rates.residual import residual_accounts
from kompaslite.rates.smoothing import kannisto, smooth_rates
from kompaslite.rates.vital import SEX_RATIO_AT_BIRTH, death_rates, fit_fertility, fit_mortality

__all__ = [
    "NOTE_AGE_GROUPS",
    "SEX_RATIO_AT_BIRTH",
    "FittedSchedule",
    "GraduationError",
    "LeeCarter",
    "Strengths",
    "age_groups",
    "cohort_end",
    "cohort_rates",
    "cohort_start",
    "damped_trend",
    "death_rates",
    "dependency_ratio",
    "exposure",
    "fit_fertility",
    "fit_migration",
    "fit_mortality",
    "fit_schedule",
    "fitting_years",
    "graduate",
    "heligman_pollard",
    "kannisto",
    "lee_carter",
    "life_expectancy",
    "life_table",
    "mean_age",
    "over_years",
    "peristera_kostaki",
    "rate",
    "residual_accounts",
    "rogers_castro",
    "sex_ratio",
    "sex_ratio_by_age",
    "shrink",
    "shrink_net",
    "smooth_rates",
    "survival_ratios",
    "total_fertility",
    "women",
]
