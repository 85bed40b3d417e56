"""Two sides that cannot be compared are refused by name; those that can may have scenarios and longer steps."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import project
from kompaslite.evaluation import explain_deviation
from kompaslite.schema import SchemaError
from tests.evaluation.test_explain import GROUPS, assumptions, start

FORECAST = project(start(), assumptions())
ACTUAL = project(start(1.01), assumptions(mortality=1.1, arrivals=0.8))


def with_dim(accounts, dim, labels):
    def widen(values):
        return values.expand_dims({dim: labels})

    return Accounts(widen(accounts.population), accounts.flows.map(widen, keep_attrs=True))


def explained(forecast=FORECAST, actual=ACTUAL, **changes):
    return explain_deviation(forecast, actual, groups=GROUPS, **changes)


@pytest.mark.parametrize("by", ["counts", "rates"])
def test_areas_on_one_side_only_are_refused(by):
    parts = with_dim(ACTUAL, "area", ["A", "B"])
    with pytest.raises(SchemaError, match="actual: dimension area is on one side only"):
        explained(actual=parts, by=by)
    with pytest.raises(SchemaError, match="actual: dimension area is on one side only"):
        explained(forecast=parts, by=by)
    with pytest.raises(SchemaError, match="replanned: dimension area is on one side only"):
        explained(replanned=parts, by=by)


def test_a_forecast_made_again_starts_where_the_forecast_did():
    with pytest.raises(SchemaError, match="replanned: it starts from another population on 1 January 2020 than the"):
        explained(replanned=project(start(1.02), assumptions()))
    short = Accounts(FORECAST.population.isel(year=slice(2)), FORECAST.flows.isel(year=slice(1)))
    with pytest.raises(SchemaError, match="replanned: the populations of 2022, 2023 are missing"):
        explained(replanned=short)


@pytest.mark.parametrize("by", ["counts", "rates"])
def test_each_scenario_is_explained_by_itself(by):
    other = project(start(), assumptions(fertility=1.2))
    both = xr.concat([FORECAST.population, other.population], xr.Variable("scenario", ["main", "high"]))
    flows = xr.concat([FORECAST.flows, other.flows], xr.Variable("scenario", ["main", "high"]))
    flows = flows.map(lambda flow: flow.assign_attrs(units="persons/year"))
    found = explained(forecast=Accounts(both.assign_attrs(units="persons"), flows), by=by)
    for name, one in {"main": FORECAST, "high": other}.items():
        alone = explained(forecast=one, by=by)
        for part in ("in_order", "average", "deviation"):
            xr.testing.assert_allclose(found[part].sel(scenario=name, drop=True), alone[part])


def test_steps_of_five_years():
    ages, years, unit = [0, 5, 10, 15], [2000, 2005, 2010], "persons/5 years"

    def accounts(moved):
        people = [np.array([[50.0, 48.0, 46.0, 90.0]] * 2)]
        flow = {"births": np.full(2, 25.0), "deaths": np.full((2, 4), 1.0), "net_migration": np.full((2, 4), moved)}
        for _ in years[1:]:
            aged = np.concatenate([flow["births"][:, None], people[-1][:, :-1]], axis=1)
            aged[:, -1] += people[-1][:, -1]
            people.append(aged - flow["deaths"] + flow["net_migration"])
        labels = {"sex": ["female", "male"], "age": ages, "year": years}
        population = xr.DataArray(np.stack(people, -1), coords=labels, attrs={"units": "persons"})
        shape = population.isel(year=slice(2)) * 0.0
        flows = {}
        for name, values in flow.items():
            one = shape.isel(age=0, drop=True) if values.ndim == 1 else shape
            flows[name] = (one + xr.DataArray(values, dims=["sex", "age"][: values.ndim])).assign_attrs(units=unit)
        return Accounts(population, xr.Dataset(flows))

    found = explain_deviation(accounts(2.0), accounts(3.5), groups=["0", "5", "10", "15+"])
    assert found.attrs["year"] == 2010
    np.testing.assert_allclose(found["average"].sum("part"), found["deviation"], atol=1e-9)
    assert found["average"].sel(part="net_migration").values.tolist() == [3.0, 6.0, 6.0, 9.0]


@pytest.mark.parametrize("by", ["counts", "rates"])
def test_a_forecast_of_another_area_is_refused(by):
    parts = [with_dim(one, "area", ["A", "B"]) for one in (FORECAST, ACTUAL)]
    with pytest.raises(SchemaError, match="forecast is of area A, but actual is of area B"):
        explained(forecast=parts[0].sel(area="A"), actual=parts[1].sel(area="B"), by=by)
    with pytest.raises(SchemaError, match="forecast is of area A, but actual is of area A, B"):
        explained(forecast=parts[0].sel(area="A"), actual=parts[1], by=by)
    found = explained(forecast=parts[0].sel(area="A"), actual=parts[1].sel(area="A"), by=by)
    assert found["deviation"].attrs["sign"] == "actual less forecast"
    assert found["deviation"]["area"].item() == "A"
    xr.testing.assert_allclose(found["deviation"].drop_vars("area"), explained(by=by)["deviation"])


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "int16", "float16"])
def test_whole_numbers_of_any_width_are_compared(dtype):
    def narrow(accounts):
        def small(array):
            return (array * 0.05).round().astype(dtype, keep_attrs=True).assign_attrs(array.attrs)

        flows = {name: small(flow) for name, flow in accounts.flows.items() if name != "adjustment"}
        return Accounts(small(accounts.population), xr.Dataset(flows))

    found = explained(forecast=narrow(FORECAST), actual=narrow(ACTUAL))
    whole = narrow(ACTUAL).population.astype(float) - narrow(FORECAST).population.astype(float)
    assert float(found["deviation"].sum()) == float(whole.isel(year=-1).sum())
    np.testing.assert_allclose(found["average"].sum("part"), found["deviation"], atol=1e-9)
