"""Rates from data: exposure, life tables, Lee-Carter, shrinkage, smoothing, graduation, parametric schedules."""

from kompaslite.rates.exposure import cohort_end, cohort_start, exposure, fitting_years, rate, women

__all__ = ["cohort_end", "cohort_start", "exposure", "fitting_years", "rate", "women"]
