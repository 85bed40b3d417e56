"""The default method: local migration drawn to its likes, on a nation that returns to its means."""

from kompaslite.methods.default_method.housing import Housing, moved_by
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
    "DefaultParameters",
    "Fertility",
    "Housing",
    "LocalLevel",
    "LocalShape",
    "Mortality",
    "NationalMigration",
    "OldAges",
    "default",
    "moved_by",
]
