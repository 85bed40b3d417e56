"""Every choice of the default method, named, with what another choice costs.

The cost is that of `benchmarks/evidence.py`: the mean over twelve figures (MAPE, persons-weighted error and age group
error at leads 1, 3, 5 and 10) relative to the figures to reach, origins 2010-2025, 178 Norwegian municipalities.
"Flat" means that no value in the range moves it by more than 0.3 per cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from kompaslite.schema import SchemaError, short_list

#: Populations that are needed: two years of change, below which a recent level cannot be told from a long one.
FEWEST_POPULATIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalMigration:
    """How the nation's net migration goes on.

    Parameters
    ----------
    mean : int
        Years, or as many as there are, to whose mean level the nation returns. 20: costs 0.2 per cent.
    back : float
        Share of the distance to that mean that is left after a year. On national series with targets to 2009
        0.85 to 1 was best, from 2010 0.75 to 0.85; 0.9 costs 1.0 per cent, 1, no return, 7.8.
    profile : int
        Years of the profile by sex and age. 5 to 20: flat.
    fewest : float
        Persons of the nation in a cell, above which its annual rate is read. 0 to 50: flat.
    one_sided : float
        Share of all gains and losses by age that their sum must be, for a level to scale the profile; else it is
        added at all ages alike. Of weight only where a small place stands in for the nation.
    """

    mean: int = 40
    back: float = 0.85
    profile: int = 10
    fewest: float = 5.0
    one_sided: float = 0.5

    def __post_init__(self) -> None:
        _require(self, ("mean", "profile"), low=1)
        _require(self, ("back",), low=0, high=1)
        _require(self, ("one_sided",), low=1e-6, high=1)
        _require(self, ("fewest",), low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mortality:
    """How the nation's mortality falls.

    Parameters
    ----------
    base : int
        Years of the mean from which it falls. 1 to 3: flat.
    trend : int
        Years of the log-linear trend. 10 to 30: flat; on national cohorts from 2010, ages 80-89, both ends are worse.
    bands : tuple of int
        First ages of the bands that share a trend. One band, or eight: flat.
    fall : float
        Most by which it falls in a year; it never rises. 0, no fall, costs 0.8 per cent.
    behind : int
        Most years by which the table may end before the origin; its last year stands in for those.
    """

    base: int = 2
    trend: int = 20
    bands: tuple[int, ...] = (0, 1, 20, 40, 60, 75, 85)
    fall: float = 0.03
    behind: int = 5

    def __post_init__(self) -> None:
        _require(self, ("base", "trend"), low=1)
        _require(self, ("fall", "behind"), low=0)
        _require_ascending("mortality.bands", self.bands, first=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAges:
    """Ages at which nobody moves, and mortality is local.

    Parameters
    ----------
    first : int
        From this age on all change of a cohort counts as death. 75 and 85: flat.
    bands : tuple of int
        First ages of the bands above `first` in which, as in the one below them, observed cohorts correct the nation's
        life table. None, or one: flat.
    years : int
        Years of observed cohorts for that. 5 to 15: flat.
    correction_shrink : float
        Expected deaths that speak for the life table; of weight where the nation is stood in for by a small place.
    group_shrink : float
        Expected deaths that draw the ratio of a group to the nation's. Without area_groups: costs 0.2 per cent.
    local_shrink : float
        Expected deaths that draw the ratio of an area to its group's. 200 and above: flat.
    """

    first: int = 80
    bands: tuple[int, ...] = (85, 90, 95)
    years: int = 10
    correction_shrink: float = 100.0
    group_shrink: float = 500.0
    local_shrink: float = 3_000.0

    def __post_init__(self) -> None:
        _require(self, ("first", "years"), low=1)
        _require(self, ("correction_shrink", "group_shrink", "local_shrink"), low=0)
        _require_ascending("old_ages.bands", self.bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalShape:
    """Local net migration by age, beside its level.

    Parameters
    ----------
    window : int
        Years of history. 8: costs 1.3 per cent; 12 to 20: flat.
    size_kernel : float
        Standard deviation, in the logarithm of the population, of the areas that lend their profile. 0.3 to 0.8: flat;
        without such areas: costs 1.4 per cent.
    group_weight : float
        How often an area of the same group counts among those that lend their profile; the level, which the group has
        a part of its own in, is that of all areas of like size. 5 to 50: flat; 1: costs 0.2 per cent, of age groups
        at lead 10 1.2.
    bins : tuple of int
        First ages of the bins. Eight: flat; no local shape at all: costs 1.7 per cent, of age groups at lead 10 9.
    bin_shrink : float
        Person-years that draw a bin to the areas that lend their profile. 1,000 to 10,000: flat.
    age_shrink : float
        Person-years that draw a single age to its bin. 100 to 2,000, and bins only: flat.
    flat_areas : float
        Areas' worth of a flat profile in the mobility by age, so that one area alone has one too; any: flat.
    """

    window: int = 15
    size_kernel: float = 0.5
    group_weight: float = 10.0
    bins: tuple[int, ...] = (0, 1, 6, 13, 16, 18, 19, 20, 22, 24, 26, 28, 30, 35, 40, 50, 67, 80)
    bin_shrink: float = 3_000.0
    age_shrink: float = 400.0
    flat_areas: float = 5.0

    def __post_init__(self) -> None:
        _require(self, ("window",), low=1)
        _require(self, ("size_kernel", "group_weight", "flat_areas", "bin_shrink", "age_shrink"), low=1e-6)
        _require_ascending("shape.bins", self.bins, first=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLevel:
    """The level of local net migration.

    Parameters
    ----------
    group_shrink : float
        Person-years that draw the level of the other areas of the group to nil. 300,000: flat; 3 million: costs
        0.4 per cent; none of it: 1.2.
    own_shrink : float
        Person-years that draw the area's own level to its group's. 100 costs 1.1 per cent, 100,000 costs 1.0.
    damping : float
        Share of the area's own level, and of that of areas of like size, that does not last; the group's lasts.
        0 and 0.6: cost 3.1 per cent.
    momentum_years : int
        Years of the recent level. 1 and 5: cost 1.1 per cent.
    momentum_size : float
        Persons; the recent level weighs T / (T + this) in a place of T. 10,000 to 100,000: cost 0.4 per cent;
        without momentum: costs 2.5.
    momentum_decay : float
        Share of that weight that is left after a year. 1: flat; 0.7: costs 0.6 per cent.
    """

    group_shrink: float = 1e6
    own_shrink: float = 1e4
    damping: float = 0.3
    momentum_years: int = 3
    momentum_size: float = 3e4
    momentum_decay: float = 0.9

    def __post_init__(self) -> None:
        _require(self, ("momentum_years",), low=1)
        _require(self, ("group_shrink", "own_shrink", "momentum_size"), low=1e-6)
        _require(self, ("damping", "momentum_decay"), low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fertility:
    """The nation's level of fertility, and the area's against it.

    Parameters
    ----------
    schedule : int
        Years of the nation's schedule by age. 1 to 5: flat.
    trend : int
        Years of the recent trend of the level. 5: costs 0.4 per cent.
    step : float
        Most by which that trend changes the level in a year. 0, no trend: costs 0.9 per cent.
    damping : float
        Share of a year's change that is left in the next. 0.7 to 0.9: flat.
    local : int
        Years of births in the area. 3 to 10: flat; 15: costs 0.4 per cent.
    group_shrink : float
        Births that draw the other areas of the group to the nation. 1,000 to 10,000, and no group: flat.
    local_shrink : float
        Births that draw the area to its group. 100 to 1,000: flat; without a local level: costs 2.9 per cent.
    sex_ratio : int
        Years of children of age 0 that give the sex ratio at birth. 2 to 15: flat.
    behind : int
        Most years by which the schedule may end before the origin.
    """

    schedule: int = 3
    trend: int = 3
    step: float = 0.03
    damping: float = 0.85
    local: int = 5
    group_shrink: float = 3_000.0
    local_shrink: float = 400.0
    sex_ratio: int = 5
    behind: int = 5

    def __post_init__(self) -> None:
        _require(self, ("schedule", "trend", "local", "sex_ratio"), low=1)
        _require(self, ("step", "behind"), low=0)
        _require(self, ("group_shrink", "local_shrink"), low=1e-6)
        _require(self, ("damping",), low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultParameters:
    """All choices of the default method that are numbers.

    One choice is not: net gains go on as counts, net losses as rates. Gains as rates too cost 6.3 per cent
    (persons-weighted error at lead 10 3.96 for 2.81), losses as counts too 1.8.

    Parameters
    ----------
    nation : NationalMigration
    mortality : Mortality
    old_ages : OldAges
    shape : LocalShape
    level : LocalLevel
    fertility : Fertility

    Examples
    --------
    >>> DefaultParameters(level=LocalLevel(damping=0.2)).level.damping
    0.2
    """

    nation: NationalMigration = field(default_factory=NationalMigration)
    mortality: Mortality = field(default_factory=Mortality)
    old_ages: OldAges = field(default_factory=OldAges)
    shape: LocalShape = field(default_factory=LocalShape)
    level: LocalLevel = field(default_factory=LocalLevel)
    fertility: Fertility = field(default_factory=Fertility)

    def changed(self, choice: str, value: object) -> "DefaultParameters":
        """The same parameters but for one choice."""
        part, _, name = choice.partition(".")
        known = [f"{one}.{each}" for one in self.__slots__ for each in getattr(self, one).__slots__]
        if choice not in known:
            raise SchemaError(f"parameters: there is no {choice!r}; there are {short_list(known, most=40)}.")
        return replace(self, **{part: replace(getattr(self, part), **{name: value})})

    @property
    def history(self) -> int:
        """Years of local history that are read, where there are as many."""
        return max(self.shape.window, self.level.momentum_years, self.fertility.local)


def _require(part: object, names: tuple[str, ...], *, low: float, high: float = float("inf")) -> None:
    for name in names:
        value = getattr(part, name)
        if not low <= value <= high:
            upper = "" if high == float("inf") else f" and at most {high:g}"
            raise SchemaError(f"{type(part).__name__}: {name} is {value!r}; it is a number of at least {low:g}{upper}.")


def _require_ascending(name: str, ages: Sequence[int], *, first: int | None = None) -> None:
    begins = first is None or (bool(ages) and ages[0] == first)
    if not begins or min(ages, default=0) < 0 or any(later <= earlier for earlier, later in pairwise(ages)):
        raise SchemaError(
            f"parameters: {name} are first ages, ascending{'' if first is None else f' from {first}'}; they are "
            f"{short_list(ages, most=30)}."
        )
