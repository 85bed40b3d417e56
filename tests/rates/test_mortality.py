"""Mortality: deaths over the exposure of the annual step, and a local level from populations alone."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks import norway
from kompaslite.accounts import Accounts
from kompaslite.rates import fit_mortality
from kompaslite.rates.residual import mortality_level
from kompaslite.schema import SchemaError
from tests.worlds.small import AGES, accounts, in_total, without

MANY = [f"{3000 + i}" for i in range(12)]


def schedule() -> xr.DataArray:
    return xr.DataArray(
        np.linspace(0.005, 0.02, AGES.size) * np.array([[1.0], [1.3]]), coords={"sex": ["female", "male"], "age": AGES}
    )


def test_one_cell_by_hand() -> None:
    observed = accounts()
    cell = {"area": "0301", "sex": "male", "age": 4, "year": 2020}
    people = observed.population.sel(area="0301", sex="male")
    start, end = people.sel(age=3, year=2020), people.sel(age=4, year=2021)
    lived = 0.5 * (start + end - observed.flows["adjustment"].sel(cell)).item()
    fitted = fit_mortality(observed, window=1).sel(area="0301", sex="male", age=4).item()
    assert fitted == pytest.approx(observed.flows["deaths"].sel(cell).item() / lived)


def test_infants_and_the_open_group() -> None:
    observed = accounts()
    flows = observed.flows.sel(area="3201", sex="female", year=2019)
    people = observed.population.sel(area="3201", sex="female")
    annual = fit_mortality(observed, window=None, annual=True).sel(area="3201", sex="female", year=2019)
    born = flows["births"].sum().item()
    infants = 0.5 * (born + people.sel(age=0, year=2020).item() - flows["adjustment"].sel(age=0).item())
    assert annual.sel(age=0).item() == pytest.approx(flows["deaths"].sel(age=0).item() / infants)
    last = people.sel(age=[6, 7], year=2019).sum().item() + people.sel(age=7, year=2020).item()
    lived = 0.5 * (last - flows["adjustment"].sel(age=7).item())
    assert annual.sel(age=7).item() == pytest.approx(flows["deaths"].sel(age=7).item() / lived)


def test_deaths_in_total_take_a_schedule_and_their_own_level() -> None:
    fitted = fit_mortality(in_total(accounts(), "deaths"), window=None, schedule=schedule())
    level = fitted / schedule()
    np.testing.assert_allclose(level, level.isel(sex=0, age=0).broadcast_like(level))
    np.testing.assert_allclose(
        fit_mortality(in_total(accounts(), "deaths"), window=None, schedule=schedule() * 2), fitted
    )
    with pytest.raises(SchemaError, match="deaths: they are known without age, so a schedule is needed"):
        fit_mortality(in_total(accounts(), "deaths"), window=None)


def test_deaths_without_sex_give_rates_of_both_together() -> None:
    observed = accounts()
    both = observed.flows["deaths"].sum("sex").assign_attrs(units="persons/year")
    fitted = fit_mortality(Accounts(observed.population, observed.flows.assign(deaths=both)), window=None)
    apart = fit_mortality(observed, window=None)
    assert fitted.dims == ("area", "age")
    assert ((apart.min("sex") <= fitted) & (fitted <= apart.max("sex"))).all()


def test_shrunk_rates_keep_the_deaths_that_the_level_gives() -> None:
    observed = accounts(areas=MANY)
    shrunk = fit_mortality(observed, window=None, shrink_to=schedule())
    local = fit_mortality(observed, window=None)
    assert abs(shrunk / schedule() - shrunk["level"]).mean() < abs(local / schedule() - shrunk["level"]).mean()
    assert shrunk["shape_weight"].dims == ("area", "sex", "age")


@pytest.mark.parametrize(
    ("observed", "options", "words"),
    [
        (accounts(), {"window": 9}, "deaths: a window of 9 years"),
        (without(accounts(), "deaths"), {}, "deaths: the accounts do not have it"),
        (without(accounts(), "births"), {}, "births: the accounts have none by sex"),
        (in_total(accounts(), "deaths"), {"schedule": schedule() * 1000}, r"schedule: 16 of 16 values are not rates"),
        (
            in_total(accounts(), "deaths"),
            {"schedule": schedule().sel(age=[0, 1])},
            "schedule: 6 labels of dimension age",
        ),
        (in_total(accounts(), "deaths"), {"schedule": schedule().isel(sex=0, drop=True)}, "dimension sex is missing"),
        (accounts(), {"shrink_to": schedule(), "annual": True}, "single years are fitted as they are"),
    ],
)
def test_bad_input(observed: Accounts, options: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        fit_mortality(observed, **options)


def test_level_of_a_closed_population_is_found() -> None:
    """Nobody moves and everybody dies at 1.2 times the rate."""
    ages, rates = np.arange(4), np.array([0.0, 0.1, 0.2, 0.4])
    people = [np.array([100.0, 100.0, 100.0, 100.0])]
    for _ in range(3):
        start = np.array([100.0, people[-1][0], people[-1][1], people[-1][2] + people[-1][3]])
        people.append(start * (2 - 1.2 * rates) / (2 + 1.2 * rates))
    population = xr.DataArray(
        np.array(people).T[None], coords={"sex": ["female"], "age": ages, "year": range(2020, 2024)}
    ).assign_attrs(units="persons")
    m = xr.DataArray(rates[None], coords={"sex": ["female"], "age": ages})
    assert mortality_level(population, m, min_age=2, strength=0.0).item() == pytest.approx(1.2)
    assert mortality_level(population, m, min_age=2, strength=1e12).item() == pytest.approx(1.0)


def test_bad_level() -> None:
    people = accounts().population
    with pytest.raises(SchemaError, match="min_age 80 among the ages 1 to 7"):
        mortality_level(people, schedule())
    with pytest.raises(SchemaError, match="at least two consecutive years"):
        mortality_level(people.isel(year=[0]), schedule(), min_age=5)
    with pytest.raises(SchemaError, match="the table ends in 2015"):
        mortality_level(people, schedule().expand_dims(year=[2015]), min_age=5)


def test_known_levels_of_norwegian_municipalities(shared: Path) -> None:
    """Deaths relative to the nation's rates, 2005-2023, from published totals: .89, 1.11, 1.06 and 1.05."""
    known = {"3201": 0.89, "4001": 1.11, "4003": 1.06, "4005": 1.05}
    people = norway.municipalities(list(known), shared=shared).sel(year=slice(2005, 2024))
    level = mortality_level(people, norway.mortality(shared=shared), strength=0.0)
    np.testing.assert_allclose(level.sel(area=list(known)), list(known.values()), atol=0.05)
