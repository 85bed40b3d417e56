"""The default method: local migration drawn to its likes, on a nation that returns to its means."""

from kompaslite.methods.default_method.housing import AdaptedByHousing, with_housing
from kompaslite.methods.default_method.method import DEFAULTS, default
from kompaslite.methods.default_method.parameters import (
    DefaultParameters,
    Fertility,
    LocalLevel,
    LocalShape,
    Mortality,
    NationalMigration,
    OldAges,
)

__all__ = [
    "DEFAULTS",
    "AdaptedByHousing",
    "DefaultParameters",
    "Fertility",
    "LocalLevel",
    "LocalShape",
    "Mortality",
    "NationalMigration",
    "OldAges",
    "default",
    "with_housing",
]
