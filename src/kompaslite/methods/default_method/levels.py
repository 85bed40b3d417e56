"""How high local net migration is: in places of like size, in the group, in the place itself, and lately.

A level is net migration above the nation's per person-year, each age weighted by its mobility.
"""

from dataclasses import dataclass

from kompaslite.methods.default_method.cohorts import Array, Whole, divided, others
from kompaslite.methods.default_method.parameters import LocalLevel
from kompaslite.methods.default_method.shape import Pool


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


def local_levels(pool: Pool, profile: Array, mobile: Array, *, groups: Whole, choices: LocalLevel) -> Levels:
    """Levels over the whole window, the group's and the area's own drawn to nothing."""
    alike = (pool.exposed * profile).sum(axis=1)
    beyond, at_risk = pool.net.sum(axis=1) - alike, pool.exposed @ mobile
    group = others(beyond, groups) / (others(at_risk, groups) + choices.group_shrink)
    own = (beyond - group * at_risk) / (at_risk + choices.own_shrink)
    return Levels(divided(alike, at_risk), group, own)


def level_ahead(levels: Levels, recent: Array, leads: Array, *, size: Array, choices: LocalLevel) -> Array:
    """Level by lead: the group's lasts, the rest is damped, the recent one counts in large places and fades."""
    lasting = levels.group + (1.0 - choices.damping) * (levels.alike + levels.own)
    weight = size / (size + choices.momentum_size)
    momentum = weight * (recent - levels.whole)
    result: Array = lasting[:, None] + momentum[:, None] * choices.momentum_decay**leads
    return result
