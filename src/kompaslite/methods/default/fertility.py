"""Fertility of each area against the nation's."""

import numpy as np

from kompaslite.methods.default.cohorts import Array, Cohorts
from kompaslite.methods.default.parameters import Fertility


def expected_births(cohorts: Cohorts, schedule: Array, level: Array) -> Array:
    """Births at the nation's rates.

    Parameters
    ----------
    cohorts : Cohorts
        ``[..., sex, age, year]``.
    schedule : np.ndarray
        Births per woman, ``[age]``, with sum 1.
    level : np.ndarray
        Children per woman in the same years, ``[year]``.

    Returns
    -------
    np.ndarray
        Persons, ``[..., year]``.
    """
    result: Array = np.einsum("a,...ay->...y", schedule, cohorts.mothers) * level
    return result


def local_fertility(births: Array, expected: Array, choices: Fertility) -> Array:
    """Births over those expected at the nation's rates, drawn to 1: (B + k) / (X + k), of the last years.

    Parameters
    ----------
    births, expected : np.ndarray
        Persons, ``[area, year]``.
    choices : Fertility
        Years and shrinkage.

    Returns
    -------
    np.ndarray
        ``[area]``.
    """
    born, usual = (part[:, -choices.local :].sum(axis=1) for part in (births, expected))
    result: Array = (born + choices.local_shrink) / (usual + choices.local_shrink)
    return result
