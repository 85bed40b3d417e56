"""Methods: accounts of the past in, assumptions out."""

from kompaslite.methods.contract import Method, Sources, call_method, forecast_by
from kompaslite.methods.default_method import DefaultParameters, default
from kompaslite.methods.paths import assumptions_for_path, average_methods, scale_to_total
from kompaslite.methods.references import half_trend, hamilton_perry, linear_trend, no_change, plain_cohort_component

__all__ = [
    "DefaultParameters",
    "Method",
    "Sources",
    "assumptions_for_path",
    "average_methods",
    "call_method",
    "default",
    "forecast_by",
    "half_trend",
    "hamilton_perry",
    "linear_trend",
    "no_change",
    "plain_cohort_component",
    "scale_to_total",
]
