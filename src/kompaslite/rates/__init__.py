"""Rates from data: exposure, life tables, Lee-Carter, shrinkage, smoothing, graduation, parametric schedules."""

from kompaslite.rates.exposure import cohort_end, cohort_start, exposure, fitting_years, rate, women
from kompaslite.rates.fitting import FittedSchedule, fit_schedule
from kompaslite.rates.graduation import GraduationError, graduate
from kompaslite.rates.parametric import heligman_pollard, peristera_kostaki, rogers_castro, sex_ratio_by_age

__all__ = [
    "FittedSchedule",
    "GraduationError",
    "cohort_end",
    "cohort_start",
    "exposure",
    "fit_schedule",
    "fitting_years",
    "graduate",
    "heligman_pollard",
    "peristera_kostaki",
    "rate",
    "rogers_castro",
    "sex_ratio_by_age",
    "women",
]
