"""What levels do to assumptions by age: which ages move, and how mortality's index reaches each age."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up
from kompaslite.rates.lee_carter import LeeCarter
from kompaslite.schema import SchemaError, in_order
from kompaslite.uncertainty.levels.levels import Effect

#: From this age on mobility is taken as alike, because few people say little.
_OLD = 85
#: Ages above respond to mortality's index as this one.
_HIGHEST = 95


def mobility(observed: Accounts) -> xr.DataArray:
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
    spread = ((moved**2 / start.clip(min=1.0)).sum("area") / start.sum("area").clip(min=1.0)) ** 0.5
    smooth = spread.rolling(age=3, center=True, min_periods=1).mean()
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
