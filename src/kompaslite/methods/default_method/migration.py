"""Net migration: the nation's on the way back to its mean, and above it the local shape by age on a local level.

A level is net migration above the nation's per person-year, each age weighted by how much local net migration varies
there: of places of like size, of the region, of the place itself, and lately.
"""

from dataclasses import dataclass

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Whole, divided, first_ages, others, spread
from kompaslite.methods.default_method.parameters import LocalLevel, LocalShape, NationalMigration


def migration_rates(net: Array, start: Array, *, fewest: float) -> Array:
    """Net migration per head in each year, 0 in cells with hardly anybody."""
    return np.where(start > fewest, divided(net, start), 0.0)


def migration_ahead(net: Array, start: Array, leads: Array, choices: NationalMigration) -> Array:
    """Net migration per head by lead: the recent profile, its level on the way back to the long mean."""
    level: Array = net.sum(axis=(0, 1)) / start.sum(axis=(0, 1))
    mean = level[-choices.mean :].mean()
    ahead = mean + (level[-1] - mean) * choices.back**leads
    recent = slice(-choices.profile, None)
    profile = divided(net[..., recent].sum(axis=-1), start[..., recent].sum(axis=-1))
    usual = net[..., recent].sum() / start[..., recent].sum()
    if abs(net[..., recent].sum()) < choices.one_sided * np.abs(net[..., recent].sum(axis=-1)).sum():
        result: Array = profile[..., None] + (ahead - usual)
    else:
        result = profile[..., None] * (ahead / usual)
    return result


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

    def level(self, mobility: Array) -> Array:
        """Net migration per person-year, each age weighted by its mobility, ``[area]``."""
        return divided(self.net.sum(axis=1), self.exposed @ mobility)


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Levels of local net migration.

    Parameters
    ----------
    alike, group, own : np.ndarray
        Of areas of like size; of the other areas of the group beyond that; of the area beyond both, ``[area]``.
    """

    alike: Array
    group: Array
    own: Array

    @property
    def whole(self) -> Array:
        """All three together, ``[area]``."""
        return self.alike + self.group + self.own


def mobility_weights(pool: Pool, *, flat_areas: float) -> Array:
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


def size_similarity(size: Array, *, width: float) -> Array:
    """How alike other areas are in size: a normal kernel in its logarithm, nil for the area itself."""
    log = np.log(size)
    similarity: Array = np.exp(-0.5 * ((log[:, None] - log) / width) ** 2)
    np.fill_diagonal(similarity, 0.0)
    return similarity


def lent_profile(pool: Pool, similarity: Array) -> Array:
    """Rates by age of the other areas that are alike, with one more such area at the nation's rates."""
    similarity = similarity * pool.exposed.any(axis=1)
    whole = similarity.sum(axis=1)
    result: Array = divided(similarity @ pool.net, similarity @ pool.exposed) * (whole / (whole + 1.0))[:, None]
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


def without_level(rates: Array, exposed: Array, mobility: Array) -> Array:
    """Rates less their own level, so that a level can be put in its place."""
    own = Pool(exposed * rates, exposed).level(mobility)
    return rates - own[:, None] * mobility


def local_levels(pool: Pool, profile: Array, mobility: Array, *, area_groups: Whole, choices: LocalLevel) -> Levels:
    """Levels over the whole window, the group's and the area's own drawn to nothing."""
    alike = (pool.exposed * profile).sum(axis=1)
    beyond, at_risk = pool.net.sum(axis=1) - alike, pool.exposed @ mobility
    group = others(beyond, area_groups) / (others(at_risk, area_groups) + choices.group_shrink)
    own = (beyond - group * at_risk) / (at_risk + choices.own_shrink)
    return Levels(divided(alike, at_risk), group, own)


def level_ahead(levels: Levels, recent: Array, leads: Array, *, size: Array, choices: LocalLevel) -> Array:
    """Level by lead: the group's lasts, the rest is damped, the recent one counts in large places and fades."""
    lasting = levels.group + (1.0 - choices.damping) * (levels.alike + levels.own)
    weight = size / (size + choices.momentum_size)
    momentum = weight * (recent - levels.whole)
    result: Array = lasting[:, None] + momentum[:, None] * choices.momentum_decay**leads
    return result
