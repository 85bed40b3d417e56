"""Fitted components shrunk towards a given schedule: what `shrink` and `shrink_net` need, made of accounts."""

import xarray as xr

from kompaslite.rates.credibility import Strengths, shrink
from kompaslite.rates.credibility_net import shrink_net
from kompaslite.schema import SchemaError, conform, count_unit, require_array, require_dims, require_labels

_REPORTED = ("level", "level_weight", "shape_weight")


def check_pooled(annual: bool) -> None:  # noqa: FBT001
    """Raise if single years are to be shrunk."""
    if annual:
        raise SchemaError(
            "shrink_to: single years are fitted as they are, so that they can be projected back. Leave out "
            "annual=True, or leave out shrink_to."
        )


def shrunk_rates(
    events: xr.DataArray, exposed: xr.DataArray, towards: xr.DataArray, *, name: str, strengths: Strengths | None
) -> xr.DataArray:
    """Rates of events with exposure, with the weights as coordinates."""
    require_dims(towards, "shrink_to", needed=("age",))
    towards = conform(towards, "shrink_to")
    alone = "area" not in exposed.dims
    if alone:
        events, exposed = events.expand_dims(area=["here"]), exposed.expand_dims(area=["here"])
    if "age" in events.dims:
        _check_inside(events, towards, name)
        ages = towards["age"].values
        found = shrink(events.sel(age=ages), exposed.sel(age=ages), towards, strengths=strengths)
        result = found["rates"]
    else:
        found = _level_only(events, exposed, towards, strengths)
        result = found["level"] * _last(towards)
    reported = {key: found[key] for key in _REPORTED if key in found}
    attrs = found["rates"].attrs | found.attrs | {"period": _period(events)}
    result = result.assign_coords(reported).rename(name).assign_attrs(attrs)
    return result.isel(area=0, drop=True) if alone else result


def shrunk_net(
    net: xr.DataArray, exposed: xr.DataArray, towards: xr.DataArray, *, learned_from: xr.Dataset | None, step: int
) -> xr.DataArray:
    """Net migration of an average year of the window, with the weights as coordinates."""
    require_array(towards, "shrink_to")
    alone = "area" not in net.dims
    if alone:
        net, exposed = net.expand_dims(area=["here"]), exposed.expand_dims(area=["here"])
    found = shrink_net(net, exposed, towards, learned_from=learned_from)
    reported = {key: found[key] for key in _REPORTED}
    attrs = found["rates"].attrs | found.attrs | {"units": count_unit(step), "period": _period(net)}
    result = (found["rates"] * exposed.mean("year")).transpose(*found["rates"].dims)
    result = result.assign_coords(reported).rename("net_migration").assign_attrs(attrs)
    return result.isel(area=0, drop=True) if alone else result


def shrunk_counts(
    counts: xr.DataArray, towards: xr.DataArray, *, name: str, strengths: Strengths | None, step: int
) -> xr.DataArray:
    """Arrivals of an average year: the local total, and a shape that is shrunk towards a given profile."""
    require_array(towards, "shrink_to")
    alone = "area" not in counts.dims
    whole = counts.expand_dims(area=["here"]) if alone else counts
    found = shrink(whole, xr.ones_like(whole), towards / towards.sum(), strengths=strengths, keep_level=True)
    attrs = found["rates"].attrs | found.attrs | {"units": count_unit(step), "period": _period(counts)}
    result = found["rates"].assign_coords(shape_weight=found["shape_weight"]).rename(name).assign_attrs(attrs)
    return result.isel(area=0, drop=True) if alone else result


def _level_only(
    events: xr.DataArray, exposed: xr.DataArray, towards: xr.DataArray, strengths: Strengths | None
) -> xr.Dataset:
    """Shrink totals as if all ages were one."""
    ages = towards["age"].values
    towards = require_labels(towards, "sex", exposed["sex"].values, "shrink_to") if "sex" in towards.dims else towards
    expected = (exposed.sel(age=ages) * towards).sum([dim for dim in exposed.dims if dim in ("sex", "age")])
    unit = xr.DataArray([1.0], coords={"age": [0]})
    found = shrink(events.expand_dims(age=[0]), expected.expand_dims(age=[0]), unit, strengths=strengths)
    return found.drop_vars("shape_weight").isel(age=0, drop=True)


def _check_inside(events: xr.DataArray, towards: xr.DataArray, name: str) -> None:
    ages = towards["age"].values
    strange = [age for age in ages.tolist() if age not in events["age"].values]
    if strange:
        raise SchemaError(f"shrink_to: the population has no age {strange[0]}. Remove it with .sel(age=...).")
    outside = events.sel(age=[age for age in events["age"].values.tolist() if age not in ages])
    if bool((outside > 0.0).any()):
        raise SchemaError(
            f"shrink_to: {name} has {float(outside.sum()):g} events at ages that the given schedule lacks. Give a "
            "schedule of all ages where events happen."
        )


def _last(towards: xr.DataArray) -> xr.DataArray:
    return towards.isel(year=-1, drop=True) if "year" in towards.dims else towards


def _period(events: xr.DataArray) -> str:
    return f"{events['year'].values[0]}-{events['year'].values[-1]}"
