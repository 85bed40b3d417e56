"""Levels fitted to history: fertility, mortality and every kind of migration, for the nation and beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, newborns
from kompaslite.rates.lee_carter import LeeCarter
from kompaslite.schema import SchemaError, short_list
from kompaslite.uncertainty.levels import Effect, Levels
from kompaslite.uncertainty.moments import Pooled, fit_autoregression, fit_pooled, spread_between
from kompaslite.uncertainty.paths import mean_variance
from kompaslite.uncertainty.responses import mobility, mortality_effects, net_effects

#: Components whose level is a logarithm, and the assumption that each scales.
SCALED: dict[str, str] = {
    "births": "fertility",
    "in_migration": "in_migration",
    "out_migration": "out_migration",
    "immigration": "immigration",
    "emigration": "emigration",
    "moves_in": "in_migration",
    "moves_out": "out_migration",
}
_FEWEST = 5
#: Ages of women to whom births are related.
_MOTHERS = slice(20, 39)


def fit_levels(
    observed: Accounts,
    *,
    national: Accounts | None = None,
    mortality: LeeCarter | None = None,
    window: int = 15,
    own: float = 10.0,
) -> Levels:
    """Time-series models of levels, from what they did.

    The level of fertility is the logarithm of births per woman of 20 to 39; of a gross flow the logarithm of the flow
    per person; of net migration the flow per person. The nation's level is an autoregression that goes on from its
    last value; what an area does beside it is an autoregression and a noise of the year's own around the mean of a
    window, with variances pooled over areas of like size. Innovations are correlated over components as
    they were.

    Parameters
    ----------
    observed : Accounts
        Of areas, or of one place; at least 5 years. Components: births, and gross flows or net migration; by sex and
        age or in total, net migration by sex and age.
    national : Accounts, optional
        Of the nation, with a longer history; the sum of the areas unless given.
    mortality : LeeCarter, optional
        Mortality's model, with or without ``sex``; without it mortality is as assumed in every draw.
    window : int
        Years over whose mean the local levels were assumed.
    own : float
        Years of its own history against which an area's variance counts as much as that of areas of its size.

    Returns
    -------
    Levels
        With effects on the assumptions of the same names. Net migration acts through ``in_migration`` where the level
        is above what is assumed, and through ``out_migration`` where it is below.

    Raises
    ------
    SchemaError
        If there are fewer than 5 years, or no component whose level can be followed.
    """
    names = _components(observed)
    by_area = "area" in observed.population.dims
    nation = _nation(observed) if national is None else national
    wide = {name: _level(nation, name) for name in names if name in nation.flows}
    series = {SCALED.get(name, name): level for name, level in wide.items()}
    autoregressions = {name: fit_autoregression(level.values) for name, level in series.items()}
    residuals = {
        name: xr.DataArray(fit.residuals, coords={"year": series[name]["year"].values[1:]}, dims=["year"])
        for name, fit in autoregressions.items()
    }
    parameters = {name: (fit.persistence, fit.innovation) for name, fit in autoregressions.items()}
    effects = [_effect(name, observed) for name in names]
    if mortality is not None:
        paths, responses = mortality_effects(mortality, observed.population["age"].values)
        parameters |= {name: (1.0, float(path.diff("year").std(ddof=1))) for name, path in paths.items()}
        residuals |= {name: path.diff("year") - path.diff("year").mean() for name, path in paths.items()}
        effects.append(responses)
    return Levels(
        national=_parameters(parameters, _correlation(residuals)),
        local=_local(observed, names, window=window, own=own) if by_area else None,
        effects=tuple(effect for each in effects for effect in each),
        years=min(level.sizes["year"] for level in series.values()),
    )


def _components(observed: Accounts) -> list[str]:
    gross = [name for name in SCALED if name in observed.flows]
    moves = [name for name in gross if name != "births"]
    names = gross if moves or "net_migration" not in observed.flows else [*gross, "net_migration"]
    if not names:
        have = short_list([str(name) for name in observed.flows.data_vars], most=9) or "no components at all"
        raise SchemaError(
            f"fit_levels: the accounts have {have}, none of which has a level that can be followed. Give births, gross "
            "flows or net migration; residual_accounts derives them from populations."
        )
    years = min(observed.flows[name].sizes["year"] for name in names)
    if years < _FEWEST:
        raise SchemaError(
            f"fit_levels: {years} years of flows are too few to see how levels move; {_FEWEST} are needed."
        )
    return names


def _nation(observed: Accounts) -> Accounts:
    if "area" not in observed.population.dims:
        return observed
    flows = {str(name): flow.sum("area", keep_attrs=True) for name, flow in observed.flows.items()}
    return Accounts(observed.population.sum("area", keep_attrs=True), xr.Dataset(flows))


def _level(accounts: Accounts, name: str) -> xr.DataArray:
    """Level of a component, ``([area,] year)``."""
    flow = newborns(accounts.flows[name]) if name == "births" else accounts.flows[name]
    flow = flow.sum([dim for dim in flow.dims if dim in ("sex", "age")])
    people = accounts.population.sel(year=flow["year"].values)
    at_risk = people.sel(sex=["female"], age=_MOTHERS) if name == "births" else people
    exposed = at_risk.sum(["sex", "age"])
    if name == "net_migration":
        return (flow / exposed).transpose(..., "year")
    # half a person more, so that a year without any has a level too
    level = (flow + 0.5) / exposed
    return level.copy(data=np.log(level.values)).transpose(..., "year")


def _effect(name: str, observed: Accounts) -> tuple[Effect, ...]:
    if name == "net_migration":
        return net_effects(observed, mobility(observed))
    return (Effect(component=SCALED[name], variable=SCALED[name], how="scale"),)


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
        coords={"component": names},
    )


def _correlation(residuals: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Correlation of each pair over the years that both have, drawn to none as few years allow."""
    names = list(residuals)
    matrix = np.eye(len(names))
    for row, first in enumerate(names):
        for column, second in enumerate(names[:row]):
            one, other = xr.align(residuals[first], residuals[second], join="inner")
            if one.size >= _FEWEST:
                found = np.corrcoef(one.values.ravel(), other.values.ravel())[0, 1]
                years = one.sizes["year"]
                matrix[row, column] = matrix[column, row] = np.nan_to_num(found) * years / (years + _FEWEST)
    return xr.DataArray(matrix, coords={"component": names, "other": names}, dims=["component", "other"])


@dataclass(frozen=True, slots=True, eq=False)
class _Beside:
    """What areas do beside the nation."""

    variance: Pooled
    deviations: xr.DataArray
    means: xr.DataArray

    @property
    def years(self) -> int:
        return int(self.deviations.sizes["year"])


def _beside(observed: Accounts, name: str, size: xr.DataArray, *, own: float) -> _Beside:
    beside = _level(observed, name) - _level(_nation(observed), name)
    beside = beside.transpose("area", "year")
    means = beside.mean("year")
    return _Beside(fit_pooled(beside.values, size.values, own=own), beside - means, means)


def _between(part: _Beside, innovation: np.ndarray, noise: np.ndarray) -> float:
    """Standard deviation between long-run means: what the means of the histories differ by more than they must."""
    persistence = np.array(part.variance.persistence)
    return spread_between(part.means.values, mean_variance(persistence, innovation, noise, part.years))


def _local(observed: Accounts, names: Sequence[str], *, window: int, own: float) -> xr.Dataset:
    size = observed.population.isel(year=-1).sum(["sex", "age"])
    found = [_beside(observed, name, size, own=own) for name in names]
    one = {SCALED.get(name, name): part for name, part in zip(names, found, strict=True)}
    labels = {"component": list(one), "area": size["area"].values}
    lasting = np.stack([part.variance.lasting for part in one.values()])
    passing = np.stack([part.variance.passing for part in one.values()])
    persistence = np.array([part.variance.persistence for part in one.values()])
    correlation = _correlation({name: part.deviations for name, part in one.items()})
    length = min(window, *(part.years for part in one.values()))
    innovation, noise = np.sqrt(lasting * (1.0 - persistence**2)[:, None]), np.sqrt(passing)
    between = [_between(part, *pair) for part, *pair in zip(one.values(), innovation, noise, strict=True)]
    return xr.Dataset(
        {
            "persistence": ("component", persistence),
            "innovation": (("component", "area"), innovation),
            "noise": (("component", "area"), noise),
            "between": ("component", between),
            "window": ("component", np.full(len(one), length)),
            "correlation": (("component", "other"), correlation.values),
        },
        coords=labels,
    ).transpose("area", "component", "other")
