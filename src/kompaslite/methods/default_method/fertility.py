"""Fertility of each area against the nation's."""

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Cohorts, Whole, drawn_ratio
from kompaslite.methods.default_method.parameters import Fertility


def expected_births(cohorts: Cohorts, schedule: Array, level: Array) -> Array:
    """Births at the nation's rates."""
    result: Array = np.einsum("a,...ay->...y", schedule, cohorts.mothers) * level
    return result


def local_fertility(births: Array, expected: Array, *, groups: Whole, choices: Fertility) -> Array:
    """Births over those expected at the nation's rates, of the last years: the area's drawn to its group's."""
    born, usual = (part[:, -choices.local :].sum(axis=1) for part in (births, expected))
    return drawn_ratio(born, usual, groups, group_shrink=choices.group_shrink, own_shrink=choices.local_shrink)
