"""Levels fitted to history: fertility, mortality and every kind of migration, and what they do to each age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up, require_accounts
from kompaslite.rates import LeeCarter
from kompaslite.schema import SchemaError, in_order, require_whole
from kompaslite.uncertainty.levels.history import (
    FEWEST,
    SCALED,
    band_levels,
    bands_of,
    chance_of,
    components_of,
    empty_areas,
    level_of,
    nation_of,
    require_level,
)
from kompaslite.uncertainty.levels.model import Effect, Levels
from kompaslite.uncertainty.levels.processes import (
    Pooled,
    deviation_between,
    fit_autoregression,
    fit_pooled,
    mean_variance,
)
from kompaslite.uncertainty.streams import require_kind, require_number

#: From this age on mobility is taken as alike, because few people say little.
_OLD = 85
#: Ages above respond to mortality's index as this one.
_HIGHEST = 95


def fit_levels(
    observed: Accounts,
    *,
    national: Accounts | None = None,
    mortality: LeeCarter | None = None,
    window: int = 15,
    credibility_years: float = 10.0,
) -> Levels:
    """Time-series models of levels, from what they did.

    The level of fertility is the logarithm of births per woman of 20 to 39; of a gross flow the logarithm of the flow
    per person; of net migration the flow per person. The nation's level is an autoregression that goes on from its
    last value; what an area does beside it is an autoregression and a noise of the year's own around the mean of a
    window, with variances pooled over areas of like size. Beside the level of local net migration, each band of age
    has a path of its own. Innovations are correlated over components as they were.

    Parameters
    ----------
    observed : Accounts
        Of areas, or of one place; at least 5 years. An area that was empty in some year has the variation of areas of
        its size, and is listed in `Levels.held_out`. Components: births, and gross flows or net migration; by sex and
        age or in total, net migration by sex and age.
    national : Accounts, optional
        Of the nation, with a longer history; the sum of the areas unless given.
    mortality : LeeCarter, optional
        Mortality's model, with or without ``sex``; without it mortality is as assumed in every draw.
    window : int
        Years over whose mean the local levels were assumed.
    credibility_years : float
        Years of its own history against which an area's variance counts as much as that of areas of its size.

    Returns
    -------
    Levels
        With effects on the assumptions of the same names. Net migration acts through ``in_migration`` where the level
        is above what is assumed, and through ``out_migration`` where it is below; `sample` counts the arrivals per
        head of the forecast without draws.

    Raises
    ------
    SchemaError
        If there are fewer than 5 years, or no component whose level can be followed, or no area that was never empty.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> levels = fit_levels(made_up(6, years=range(2006, 2027)))
    >>> sorted(levels.national["component"].values.tolist())
    ['emigration', 'fertility', 'immigration', 'in_migration', 'out_migration']
    """
    _check_arguments(observed, national, mortality)
    window = require_whole(window, "window", low=1)
    require_number(credibility_years, "credibility_years", low=0.0, high=np.inf, mend="Give years, for example 10.")
    names = components_of(observed)
    nation = nation_of(observed) if national is None else national
    wide = {name: require_level(level_of(nation, name), name) for name in names if name in nation.flows}
    series = {SCALED.get(name, name): level for name, level in wide.items()}
    autoregressions = {name: fit_autoregression(level.values) for name, level in series.items()}
    residuals = {
        name: xr.DataArray(fit.residuals, coords={"year": series[name]["year"].values[1:]}, dims=["year"])
        for name, fit in autoregressions.items()
    }
    parameters = {name: (fit.persistence, fit.innovation) for name, fit in autoregressions.items()}
    local, held_out = {}, {}
    if "area" in observed.population.dims:
        held_out = empty_areas(observed, names)
        local = _local(observed, names, held_out, credibility_years)
    bands = bands_of(observed.population["age"].values)
    effects = _effects(names, observed, {name: ages for name, ages in bands.items() if name in local})
    if mortality is not None:
        paths, responses = mortality_effects(mortality, observed.population["age"].values)
        parameters |= {name: (1.0, float(path.diff("year").std(ddof=1))) for name, path in paths.items()}
        residuals |= {name: path.diff("year") - path.diff("year").mean() for name, path in paths.items()}
        effects += responses
    return Levels(
        national=_parameters(parameters, _correlation(residuals)),
        local=_local_parameters(local, window) if local else None,
        effects=tuple(effects),
        years=min(level.sizes["year"] for level in series.values()),
        people=observed.population.isel(year=-1, drop=True).reset_coords(drop=True),
        held_out=held_out,
    )


def _check_arguments(observed: Accounts, national: Accounts | None, mortality: LeeCarter | None) -> None:
    require_accounts(observed, "observed")
    if national is not None:
        require_accounts(national, "national")
        if "area" in national.population.dims:
            raise SchemaError("national: these are accounts of areas. Give those of the nation, .sum('area').")
    if mortality is not None:
        require_kind(mortality, LeeCarter, "mortality", "Fit one with lee_carter().")


def _effects(names: Sequence[str], observed: Accounts, bands: Mapping[str, tuple[int, int]]) -> list[Effect]:
    scaled = [SCALED[name] for name in names if name in SCALED]
    effects = [Effect(component=name, variable=name, how="scale") for name in dict.fromkeys(scaled)]
    if "net_migration" not in names:
        return effects
    mobile = mobility_by_age(observed)
    effects += net_effects(observed, mobile, "net_migration")
    return effects + (net_effects(observed, mobile, bands) if bands else [])


def _parameters(found: Mapping[str, tuple[float, float]], correlation: xr.DataArray, *, window: int = 0) -> xr.Dataset:
    names = list(found)
    values = np.array(list(found.values()))
    return xr.Dataset(
        {
            "persistence": ("component", values[:, 0]),
            "innovation": ("component", values[:, 1]),
            "noise": ("component", np.zeros(len(names))),
            "window": ("component", np.full(len(names), window)),
            "correlation": (("component", "other"), correlation.sel(component=names, other=names).values),
        },
        coords={"component": names, "other": names},
    )


def _correlation(residuals: Mapping[str, xr.DataArray], *, shrink: bool = True) -> xr.DataArray:
    """Correlation of each pair over the years that both have, drawn to none as few years of one series allow."""
    names = list(residuals)
    matrix = np.eye(len(names))
    for row, first in enumerate(names):
        for column, second in enumerate(names[:row]):
            one, other = xr.align(residuals[first], residuals[second], join="inner")
            if one.size >= FEWEST and one.std() > 0.0 and other.std() > 0.0:
                found = np.corrcoef(one.values.ravel(), other.values.ravel())[0, 1]
                weight = one.size / (one.size + FEWEST) if shrink else 1.0
                matrix[row, column] = matrix[column, row] = found * weight
    return xr.DataArray(matrix, coords={"component": names, "other": names}, dims=["component", "other"])


@dataclass(frozen=True, slots=True, eq=False)
class _LocalDeviation:
    """What areas did beside the nation in one component."""

    level: xr.DataArray
    variance: Pooled
    chance: np.ndarray
    share: np.ndarray

    @property
    def years(self) -> int:
        return int(self.level.sizes["year"])

    @property
    def innovation(self) -> np.ndarray:
        return np.asarray(np.sqrt(self.variance.lasting * (1.0 - self.variance.persistence**2)))

    @property
    def noise(self) -> np.ndarray:
        return np.asarray(np.sqrt(self.variance.passing))

    @property
    def between(self) -> float:
        """Standard deviation between long-run means: what the means differ by more than they must."""
        off = mean_variance(np.array(self.variance.persistence), self.innovation, self.noise, self.years)
        means = self.level.mean("year", skipna=False).values
        known = np.isfinite(means)
        return deviation_between(means[known], off[known])


def _local(
    observed: Accounts, names: Sequence[str], held_out: Mapping[str, int], credibility_years: float
) -> dict[str, _LocalDeviation]:
    """Of every area; those that are held out have no level in any year."""
    sound = ~observed.population["area"].isin(list(held_out))
    people = observed.population.isel(year=-1).sum(["sex", "age"])
    nation, none = nation_of(observed), np.zeros(people.size)
    found = {}
    for name in names:
        level = (level_of(observed, name) - level_of(nation, name)).transpose("area", "year").where(sound)
        chance = none if name == "net_migration" else chance_of(observed, name).values
        fitted = fit_pooled(level.values, people.values, credibility_years=credibility_years)
        found[SCALED.get(name, name)] = _LocalDeviation(level, fitted, chance, none)
    if "net_migration" in names:
        bands = bands_of(observed.population["age"].values)
        levels = band_levels(observed, bands, per_person(observed, mobility_by_age(observed)))
        whole = sum(size.values for _, size in levels.values())
        for name, (every, size) in levels.items():
            level = every.where(sound)
            fitted = fit_pooled(level.values, size.values, credibility_years=credibility_years)
            found[name] = _LocalDeviation(level, fitted, none, size.values / whole)
    return found


def _local_parameters(parts: Mapping[str, _LocalDeviation], window: int) -> xr.Dataset:
    each = list(parts.values())
    correlation = _correlation(
        {name: (part.level - part.level.mean("year")).dropna("area") for name, part in parts.items()}, shrink=False
    )
    length = min(window, *(part.years for part in each))
    by_area = ("component", "area")
    return xr.Dataset(
        {
            "persistence": ("component", [part.variance.persistence for part in each]),
            "innovation": (by_area, np.stack([part.innovation for part in each])),
            "noise": (by_area, np.stack([part.noise for part in each])),
            "between": ("component", [part.between for part in each]),
            "chance": (by_area, np.stack([part.chance for part in each])),
            "share": (by_area, np.stack([part.share for part in each])),
            "window": ("component", np.full(len(each), length)),
            "correlation": (("component", "other"), correlation.values),
        },
        coords={"component": list(parts), "other": list(parts), "area": each[0].level["area"].values},
    ).transpose("area", "component", "other")


def mobility_by_age(observed: Accounts) -> xr.DataArray:
    """How much net migration differs between areas, by age: which ages a change of level moves."""
    net = observed.flows["net_migration"]
    if "age" not in net.dims or "sex" not in net.dims:
        raise SchemaError("net_migration: it is needed by sex and age. Derive it with residual_accounts.")
    start = age_up(observed.population.sel(year=net["year"].values)).sum(["sex", "year"])
    moved = net.sum(["sex", "year"])
    if "area" not in moved.dims:
        moved, start = moved.expand_dims("area"), start.expand_dims("area")
    else:
        moved = moved - start * (moved.sum("area") / start.sum("area").clip(min=1.0))
    differing = ((moved**2 / start.clip(min=1.0)).sum("area") / start.sum("area").clip(min=1.0)) ** 0.5
    smooth = differing.rolling(age=3, center=True, min_periods=1).mean()
    smooth = smooth.where(smooth["age"] < _OLD, float(smooth.sel(age=slice(_OLD - 5, _OLD - 1)).mean()))
    smooth = smooth.where(smooth["age"] > 0, 0.0)
    return (smooth / float(smooth.sel(age=slice(1, _OLD - 1)).mean())).rename("mobility")


def net_effects(
    observed: Accounts, mobile: xr.DataArray, component: str | Mapping[str, tuple[int, int]]
) -> list[Effect]:
    """What one person more of net migration per head does."""
    people = age_up(observed.population.isel(year=-1, drop=True))
    bands = {component: (1, int(people["age"][-1]))} if isinstance(component, str) else component
    parts = [_of_one_person(people.sel(age=slice(*ages)), mobile.sel(age=slice(*ages))) for ages in bands.values()]
    rate = xr.concat(parts, "age").reindex(age=people["age"].values, fill_value=0.0)
    return [
        Effect(component=component, variable="in_migration", how="gain", response=rate, per_head=True),
        Effect(component=component, variable="out_migration", how="loss", response=rate),
    ]


def per_person(observed: Accounts, mobile: xr.DataArray) -> xr.DataArray:
    """Mobility with a mean of 1 over the people of each area, ``([area,] age)``."""
    people = age_up(observed.population.isel(year=-1, drop=True)).sum("sex")
    return mobile * people.sum("age") / (people * mobile).sum("age")


def _of_one_person(people: xr.DataArray, mobile: xr.DataArray) -> xr.DataArray:
    """Mobility with a mean of 1 over these people; 1 where nobody of these ages moves or is there."""
    all_people, moving = people.sum(["sex", "age"]), (people * mobile).sum(["sex", "age"])
    share = (mobile * all_people / moving.where(moving > 0.0)).fillna(1.0)
    return share.transpose(*in_order(share.dims))


def mortality_effects(model: LeeCarter, ages: np.ndarray) -> tuple[dict[str, xr.DataArray], list[Effect]]:
    """Paths of mortality's index, one for each sex that the model has, and what they do to each age."""
    surplus = [str(dim) for dim in model.kt.dims if dim not in ("sex", "year")]
    if surplus:
        raise SchemaError(f"mortality: the model has the dimension {surplus[0]}; fit it on the nation's rates.")
    # the highest ages are few people: they respond as those below them
    response = model.bx.sel(age=slice(None, _HIGHEST)).reindex(age=ages, method="nearest")
    if "sex" not in model.kt.dims:
        return {"mortality": model.kt}, [_mortality_effect("mortality", response)]
    sexes = model.kt["sex"].values.tolist()
    paths = {f"mortality of {sex}s": model.kt.sel(sex=sex, drop=True) for sex in sexes}
    each = [
        _mortality_effect(name, response.where(response["sex"] == sex, 0.0))
        for name, sex in zip(paths, sexes, strict=True)
    ]
    return paths, each


def _mortality_effect(name: str, response: xr.DataArray) -> Effect:
    return Effect(component=name, variable="mortality", how="scale", response=response)
