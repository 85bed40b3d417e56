"""Methods: accounts of the past in, assumptions out."""

from kompaslite.methods.combine import combine, hold_to_total
from kompaslite.methods.contract import Method, call_method, forecast_by
from kompaslite.methods.default_method import DefaultParameters, default
from kompaslite.methods.plain import plain_cohort_component
from kompaslite.methods.reach import reach
from kompaslite.methods.references import half_trend, hamilton_perry, linear_trend, no_change
from kompaslite.methods.sources import Sources

__all__ = [
    "DefaultParameters",
    "Method",
    "Sources",
    "call_method",
    "combine",
    "default",
    "forecast_by",
    "half_trend",
    "hamilton_perry",
    "hold_to_total",
    "linear_trend",
    "no_change",
    "plain_cohort_component",
    "reach",
]
