"""Estimate and projection are inverse: rates of observed accounts, projected over the same years, return them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, age_up, check_balance
from kompaslite.engine import Convention, aged, exposures, project
from tests.strategies import PRESETS

FIRST, LAST = 1967, 2023


@pytest.fixture(scope="module")
def norway(shared: Path) -> Accounts:
    """Norway, Human Mortality and Human Fertility Database; moves are the residual, split into two large flows."""
    folder = shared / "vectors" / "norway_1960_2023"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/vectors with reference runs is not beside this checkout")
    frame = pd.read_csv(folder / "pop_deaths_mx.csv.gz").set_index(["sex", "age", "year"])
    data = frame.to_xarray().sel(year=slice(FIRST, LAST))
    population = data["pop_1jan"].astype(float).assign_attrs(units="persons")
    years = slice(FIRST, LAST - 1)
    births = pd.read_csv(folder / "births.csv").set_index(["sex", "year"])["births"].to_xarray().sel(year=years)
    # by the age reached: half of the deaths at an age, and nine tenths of those of infants
    deaths = data["deaths"].sel(year=years)
    late = deaths * xr.where(deaths["age"] == 0, 0.9, 0.5)
    reached = late + (deaths - late).shift(age=1, fill_value=0.0)
    reached[{"age": -1}] += (deaths - late).isel(age=-1)
    return _with_moves(population, births.astype(float), reached.transpose("sex", "age", "year"))


def _with_moves(population: xr.DataArray, births: xr.DataArray, deaths: xr.DataArray) -> Accounts:
    start = age_up(population).isel(year=slice(None, -1))
    born = births.expand_dims(age=[0]).reindex(age=population["age"].values, fill_value=0.0)
    start = (start + born).transpose("sex", "age", "year")
    end = population.isel(year=slice(1, None)).assign_coords(year=start["year"])
    deaths = np.minimum(deaths, start)  # shared out by halves, a few deaths of the oldest miss their cohort
    net = end - start + deaths
    # besides the residual, one in fifty of those who stay leaves, and as many come
    going = np.maximum(-net, 0.0) + 0.02 * np.minimum(start - deaths, end)
    ages = population["age"]
    mothers = np.exp(-(((ages - 29) / 6.0) ** 2)).where((ages > 14) & (ages < 50), 0.0)
    flows = {
        "births": births * mothers / mothers.sum(),
        "deaths": deaths,
        "out_migration": going,
        "in_migration": net + going,
    }
    dims = ("sex", "age", "year")
    labelled = {name: flow.transpose(*dims).assign_attrs(units="persons/year") for name, flow in flows.items()}
    return check_balance(Accounts(population, xr.Dataset(labelled)))


def _rates(observed: Accounts, convention: Convention) -> xr.Dataset:
    """Occurrence over the exposure that the convention's step will use; for conventions by age reached."""
    flows = observed.flows.transpose("year", "sex", "age")
    people = observed.population.transpose("year", "sex", "age").values
    start, end = aged(people[:-1]), people[1:]
    start[..., 0] = flows["births"].sum("age").values
    events = [flows[name].values for name in ("deaths", "out_migration", "in_migration")]
    at_risk = exposures(start, *events, convention=convention)
    infants = exposures(start[..., 0], *(event[..., 0] for event in events), convention=convention, infants=True)
    at_risk.deaths[..., 0], at_risk.exits[..., 0] = infants.deaths, infants.exits
    before = start if convention.women_by == "cohort" else people[:-1]
    after = end if convention.women_counted == "end" else start - events[0]
    women = (convention.women_start * before + convention.women_end * after)[:, 0]
    births = flows["births"].sum("sex").values
    # a cell without people has no rate
    fertility, mortality, leaving = (
        np.divide(count, exposure, out=np.zeros_like(count), where=exposure > 0.0)
        for count, exposure in ((births, women), (events[0], at_risk.deaths), (events[1], at_risk.exits))
    )
    boys = flows["births"].sel(sex="male").sum("age") / flows["births"].sel(sex="female").sum("age")
    cells = flows["deaths"].copy
    return xr.Dataset(
        {
            "fertility": (("year", "age"), fertility, {"units": "1/year"}),
            "sex_ratio_at_birth": boys.assign_attrs(units="1"),
            "mortality": cells(data=mortality).assign_attrs(units="1/year"),
            "out_migration": cells(data=leaving).assign_attrs(units="1/year"),
            "in_migration": flows["in_migration"],
        }
    )


@pytest.mark.parametrize("name", ["mean_exposure", "un_end", "fso"])
def test_rates_of_norway_projected_over_the_same_years_return_its_accounts(norway, name):
    convention = PRESETS[name]
    assumptions = _rates(norway, convention)
    projected = project(norway.population.isel(year=0), assumptions, convention=convention)
    assert projected.years == norway.years
    np.testing.assert_allclose(projected.population, norway.population, rtol=1e-9, atol=1e-7)
    for flow in norway.flows:
        wanted = norway.flows[flow].transpose("sex", "age", "year")
        np.testing.assert_allclose(projected.flows[flow], wanted, rtol=1e-9, atol=1e-7, err_msg=str(flow))


def test_another_convention_does_not_return_them(norway):
    assumptions = _rates(norway, Convention.mean_exposure)
    assumptions["mortality"] = assumptions["mortality"].clip(max=1.0).assign_attrs(units="1/year")
    clipped = []
    projected = project(norway.population.isel(year=0), assumptions, convention=Convention.un_end, clip=clipped.append)
    assert float(np.abs(projected.population - norway.population).max()) > 100
