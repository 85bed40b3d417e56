"""Dimensions, labels, contracts and errors: what everything else agrees on."""

from kompaslite.schema.contracts import (
    common_scalars,
    reject,
    require_alike,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    require_whole,
    require_years,
)
from kompaslite.schema.dims import DIMS, OUTER, SEXES, conform, in_order, require_array, require_dataset
from kompaslite.schema.errors import (
    BalanceError,
    KompasliteError,
    SchemaError,
    describe_cell,
    first_cell,
    short_list,
)
from kompaslite.schema.summaries import TOTAL, low_and_high, with_total
from kompaslite.schema.variables import (
    ASSUMPTIONS,
    FLOWS,
    PERSONS,
    SIGNS,
    Variable,
    count_unit,
    rate_unit,
)

__all__ = [
    "ASSUMPTIONS",
    "DIMS",
    "FLOWS",
    "OUTER",
    "PERSONS",
    "SEXES",
    "SIGNS",
    "TOTAL",
    "BalanceError",
    "KompasliteError",
    "SchemaError",
    "Variable",
    "common_scalars",
    "conform",
    "count_unit",
    "describe_cell",
    "first_cell",
    "in_order",
    "low_and_high",
    "rate_unit",
    "reject",
    "require_alike",
    "require_array",
    "require_dataset",
    "require_dims",
    "require_labels",
    "require_unit",
    "require_values",
    "require_whole",
    "require_years",
    "short_list",
    "with_total",
]
