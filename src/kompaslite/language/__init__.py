"""Numbers and sentences in Norwegian bokmal and English, for everything that is read by people."""

from kompaslite.language.numbers import Language, month_name, percent, signed, whole
from kompaslite.language.sentences import (
    components_sentence,
    deviation_sentence,
    growth_sentence,
    housing_sentence,
    interval_sentence,
    largest_deviations_sentence,
    split_sentence,
    trend_sentence,
    vacated_sentence,
)
from kompaslite.language.terms import term

__all__ = [
    "Language",
    "components_sentence",
    "deviation_sentence",
    "growth_sentence",
    "housing_sentence",
    "interval_sentence",
    "largest_deviations_sentence",
    "month_name",
    "percent",
    "signed",
    "split_sentence",
    "term",
    "trend_sentence",
    "vacated_sentence",
    "whole",
]
