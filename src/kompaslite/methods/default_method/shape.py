"""Local net migration by age: of places of like size, in bins of ages, and in single ages."""

from dataclasses import dataclass

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, divided, first_ages, spread
from kompaslite.methods.default_method.parameters import LocalShape


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Net migration above the nation's, of both sexes and several years together.

    Parameters
    ----------
    net, exposed : np.ndarray
        Persons, and person-years at the start of the years, ``[area, age]``.
    """

    net: Array
    exposed: Array

    def level(self, mobile: Array) -> Array:
        """Net migration per person-year, each age weighted by its mobility, ``[area]``."""
        return divided(self.net.sum(axis=1), self.exposed @ mobile)


def mobility(pool: Pool, *, flat_areas: float) -> Array:
    """How much local net migration varies by age: over what ages a change of level is spread."""
    together = pool.exposed.sum(axis=0)
    used = np.flatnonzero(together > 0.0)
    out = np.zeros(len(together))
    if not used.size:
        return out
    rms = np.sqrt(divided(divided(pool.net**2, pool.exposed).sum(axis=0), together))
    ages = slice(used[0], used[-1] + 1)
    smooth = np.convolve(np.pad(rms[ages], 1, mode="edge"), np.full(3, 1.0 / 3.0), "valid")[used - used[0]]
    relative = smooth / smooth.mean() if smooth.any() else np.ones(len(used))
    areas = np.count_nonzero(pool.exposed.any(axis=1))
    out[used] = (areas * relative + flat_areas) / (areas + flat_areas)
    return out


def likeness(size: Array, *, width: float) -> Array:
    """How alike other areas are in size: a normal kernel in its logarithm, nil for the area itself."""
    log = np.log(size)
    near: Array = np.exp(-0.5 * ((log[:, None] - log) / width) ** 2)
    np.fill_diagonal(near, 0.0)
    return near


def lent_profile(pool: Pool, near: Array) -> Array:
    """Rates by age of the other areas that are alike, with one more such area at the nation's rates."""
    near = near * pool.exposed.any(axis=1)
    whole = near.sum(axis=1)
    result: Array = divided(near @ pool.net, near @ pool.exposed) * (whole / (whole + 1.0))[:, None]
    return result


def rates_by_age(pool: Pool, prior: Array, choices: LocalShape) -> Array:
    """Rates drawn to a prior in bins of ages, then to the bins in single ages."""
    net, exposed = pool.net, pool.exposed
    ages = exposed.shape[1]
    bins = first_ages(choices.bins, ages)
    beyond = np.add.reduceat(net - exposed * prior, bins, axis=1)
    binned = prior + spread(beyond / (np.add.reduceat(exposed, bins, axis=1) + choices.bin_shrink), bins, ages)
    result: Array = (net + choices.age_shrink * binned) / (exposed + choices.age_shrink)
    return result


def without_level(rates: Array, exposed: Array, mobile: Array) -> Array:
    """Rates less their own level, so that a level can be put in its place."""
    own = Pool(exposed * rates, exposed).level(mobile)
    return rates - own[:, None] * mobile
