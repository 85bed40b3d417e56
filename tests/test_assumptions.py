"""`assume`: components over the years, targets, and every contract checked."""

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import check_balance
from kompaslite.assumptions import assume, component_sources, fill_missing_areas
from kompaslite.engine import project
from kompaslite.rates import (
    SEX_RATIO_AT_BIRTH,
    fit_fertility,
    fit_migration,
    fit_mortality,
    life_expectancy,
    total_fertility,
)
from kompaslite.schema import SchemaError
from tests.worlds.small import AGES, accounts

YEARS = range(2021, 2031)
PER_YEAR = {"units": "1/year"}


def fertility() -> xr.DataArray:
    return xr.DataArray([0.2, 0.5, 0.3], coords={"age": [3, 4, 5]}, attrs=PER_YEAR | {"source": "national"})


def mortality() -> xr.DataArray:
    rates = np.array([0.01, 0.005, 0.005, 0.01, 0.02, 0.05, 0.1, 0.4]) * np.array([[1.0], [1.2]])
    return xr.DataArray(rates, coords={"sex": ["female", "male"], "age": AGES}, attrs=PER_YEAR)


def counts(value: float = 2.0, area: list[str] | None = None) -> xr.DataArray:
    whole = xr.full_like(mortality(), value).assign_attrs(units="persons/year")
    return whole if area is None else whole.expand_dims(area=area).assign_attrs(whole.attrs)


def made(**options: object) -> xr.Dataset:
    given: dict[str, object] = {"fertility": fertility(), "mortality": mortality(), "years": YEARS}
    return assume(**(given | options))


def test_the_main_job_of_the_design() -> None:
    observed = accounts()
    assumed = assume(
        fertility=fit_fertility(observed, window=6),
        mortality=fit_mortality(observed),
        migration=fit_migration(observed, window=6),
        years=YEARS,
    )
    forecast = check_balance(project(observed.population.sel(year=2021), assumed))
    assert forecast.years == tuple(range(2021, 2032))
    np.testing.assert_allclose(forecast.flows["immigration"].sel(year=2025), assumed["immigration"].sel(year=2025))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_fit_and_project_are_inverse(seed: int) -> None:
    """Accounts with every component of change: births by age and sex, gross moves, the register's corrections."""
    observed = accounts(seed)
    assumed = assume(
        fertility=fit_fertility(observed, window=None, annual=True),
        mortality=fit_mortality(observed, window=None, annual=True),
        migration=fit_migration(observed, window=None, annual=True),
        years=observed.flows["year"].values.tolist(),
    )
    again = project(observed.population.isel(year=0), assumed)
    assert abs(again.population - observed.population).max() < 1e-9
    gap = abs(again.flows - observed.flows).drop_vars("births")
    assert max(float(part.max()) for part in gap.data_vars.values()) < 1e-9
    for over in ("sex", "age"):  # sons and daughters are told apart by year, not by the age of the mother
        assert abs((again.flows["births"] - observed.flows["births"]).sum(over)).max() < 1e-9


def test_every_variable_is_over_the_years_and_fertility_over_all_ages() -> None:
    assumed = made(migration=counts().to_dataset(name="immigration"))
    assert all(part["year"].values.tolist() == list(YEARS) for part in assumed.data_vars.values())
    assert assumed["fertility"]["age"].values.tolist() == AGES.tolist()
    assert assumed["fertility"].sel(age=[0, 7]).sum() == 0
    np.testing.assert_array_equal(assumed["fertility"].sel(age=4), 0.5)
    assert {name: part.attrs["units"] for name, part in assumed.data_vars.items()} == {
        "fertility": "1/year",
        "mortality": "1/year",
        "immigration": "persons/year",
        "sex_ratio_at_birth": "1",
    }


def test_the_result_says_where_each_component_comes_from() -> None:
    assumed = made(mortality=fit_mortality(accounts(), window=2))
    assert component_sources(assumed) == {
        "fertility": "national",
        "mortality": "local",
        "sex_ratio_at_birth": "default",
    }
    assert assumed.attrs["sources"] == "fertility: national; mortality: local; sex_ratio_at_birth: default"


def test_sex_ratio_of_the_fit_or_the_usual_one() -> None:
    assert (made()["sex_ratio_at_birth"] == SEX_RATIO_AT_BIRTH).all()
    own = made(fertility=fertility().assign_coords(sex_ratio_at_birth=1.02))
    assert (own["sex_ratio_at_birth"] == 1.02).all()


def test_outer_dimensions_of_any_component_stay() -> None:
    draws = fertility().expand_dims(draw=[0, 1]).assign_attrs(PER_YEAR)
    assumed = made(fertility=draws, migration=counts(area=["0301", "3201"]).to_dataset(name="in_migration"))
    assert assumed["fertility"].dims == ("draw", "age", "year")
    assert assumed["in_migration"].dims == ("area", "sex", "age", "year")


def test_a_constant_is_written_out_year_major_and_can_be_edited() -> None:
    assumed = made()
    assumed["mortality"].loc[{"year": 2025}] = 0.5
    assert (assumed["mortality"].sel(year=2024) == mortality()).all()
    assert assumed["mortality"].transpose("year", "sex", "age").values.flags["C_CONTIGUOUS"]


def test_the_inputs_are_not_changed() -> None:
    given = fertility()
    made(fertility=given, tfr={2025: 2.0})
    xr.testing.assert_identical(given, fertility())


def tfr_of(assumed: xr.Dataset) -> list[float]:
    return total_fertility(assumed["fertility"]).values.tolist()


@pytest.mark.parametrize(
    ("dated", "expected"),
    [
        ({2021: 1.44, 2025: 1.6}, [1.44, 1.48, 1.52, 1.56, 1.6] + [1.6] * 5),
        ({2025: 1.4}, [1.0, 1.1, 1.2, 1.3, 1.4] + [1.4] * 5),
        ({2010: 1.2, 2030: 1.6}, np.linspace(1.42, 1.6, 10)),
        ({2021: 2.0}, [2.0] * 10),
        ({2022: 1.4}, [1.0] + [1.4] * 9),
        ({2050: 3.9}, 1.0 + 0.1 * np.arange(10)),
    ],
)
def test_tfr_goes_linearly_between_dates(dated: Mapping[int, float], expected: list[float]) -> None:
    assert tfr_of(made(tfr=dated)) == pytest.approx(list(expected))


def test_targets_keep_the_shape_and_may_differ_by_area() -> None:
    by_area = xr.DataArray([1.5, 1.8], coords={"area": ["0301", "3201"]})
    assumed = made(tfr={2021: by_area})
    np.testing.assert_allclose(total_fertility(assumed["fertility"]).isel(year=0), by_area)
    np.testing.assert_allclose(assumed["fertility"].sel(age=4) / assumed["fertility"].sel(age=3), 2.5)
    assert assumed["fertility"].attrs["target"] == "tfr 2021: by label"


def test_life_expectancy_by_sex_is_reached_with_one_factor() -> None:
    own = life_expectancy(mortality())
    goal = {"female": own.values[0] + 0.4, "male": own.values[1] + 0.8}
    assumed = made(life_expectancy={2026: goal})["mortality"]
    reached = life_expectancy(assumed)
    np.testing.assert_allclose(reached.sel(year=2021), own)
    np.testing.assert_allclose(reached.sel(year=2026), list(goal.values()))
    np.testing.assert_allclose(reached.sel(year=2024) - own, [0.24, 0.48], rtol=1e-6)
    factor = assumed.sel(year=2030) / mortality()
    np.testing.assert_allclose(factor, factor.isel(age=0).broadcast_like(factor))


def test_life_expectancy_as_one_number_is_the_mean_of_the_sexes() -> None:
    goal = life_expectancy(mortality()).mean().item() + 0.5
    assumed = made(life_expectancy={2021: goal})["mortality"]
    assert life_expectancy(assumed).mean("sex").values == pytest.approx(goal)
    factor = assumed.isel(year=0) / mortality()
    np.testing.assert_allclose(factor, factor.values.flat[0])


def test_totals_scale_counts() -> None:
    flows = xr.Dataset({"immigration": counts(), "emigration": mortality() * 0.1})
    flows["emigration"].attrs = PER_YEAR
    assumed = made(migration=flows, migration_totals={"immigration": {2021: 64.0, 2025: 80.0}})
    total = assumed["immigration"].sum(["sex", "age"])
    np.testing.assert_allclose(total.values[:5], [64, 68, 72, 76, 80])
    np.testing.assert_allclose(assumed["immigration"].isel(year=0), 4.0)


@pytest.mark.parametrize("goal", [50.0, 3.0, 0.0, -20.0])
def test_net_totals_scale_gains_up_and_losses_down(goal: float) -> None:
    net = counts().where(counts()["age"] < 5, -1.0).assign_attrs(units="persons/year")
    scaled = made(migration=net.rename("net_migration"), migration_totals={"net_migration": {2021: goal}})
    found = scaled["net_migration"].isel(year=0)
    assert found.sum().item() == pytest.approx(goal)
    np.testing.assert_array_equal(np.sign(found), np.sign(net))
    gain, loss = (found / net).sel(age=0, sex="male").item(), (found / net).sel(age=7, sex="male").item()
    assert gain * loss == pytest.approx(1.0)


def test_totals_of_several_areas_need_a_number_each() -> None:
    flows = counts(area=["0301", "3201"]).to_dataset(name="immigration")
    with pytest.raises(SchemaError, match="immigration has 2 areas, so one total is ambiguous"):
        made(migration=flows, migration_totals={"immigration": {2021: 64.0}})
    each = xr.DataArray([64.0, 32.0], coords={"area": ["0301", "3201"]})
    total = made(migration=flows, migration_totals={"immigration": {2021: each}})["immigration"].sum(["sex", "age"])
    np.testing.assert_allclose(total.isel(year=3), each)


def yearly(values: list[float]) -> xr.DataArray:
    factor = xr.DataArray(values, coords={"year": range(2021, 2021 + len(values))})
    return (mortality() * factor).assign_attrs(PER_YEAR)


def test_a_table_that_ends_early_needs_a_named_rule() -> None:
    with pytest.raises(SchemaError, match=r"mortality: the table ends in 2023, but 7 years after it"):
        made(mortality=yearly([1.0, 0.98, 0.96]))
    held = made(mortality=yearly([1.0, 0.98, 0.96]), extrapolate="hold")["mortality"]
    np.testing.assert_allclose(held.sel(year=2030), mortality() * 0.96)
    named = made(mortality=yearly([1.0, 0.9, 0.81]), extrapolate={"mortality": "trend"})["mortality"]
    np.testing.assert_allclose(named.sel(year=2024), mortality() * 0.729)
    assert named.attrs["extrapolated"] == "trend after 2023"


def relabelled(part: xr.DataArray, **labels: object) -> xr.DataArray:
    return part.assign_coords(labels)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"mortality": mortality() * 100},
            r"mortality: \d+ of 16 values are not rates between 0 and 2.*divided by 1,000",
        ),
        ({"mortality": mortality().where(mortality()["age"] != 3)}, "the first is nan at sex female, age 3"),
        ({"mortality": -mortality()}, "mortality: 16 of 16 values"),
        ({"mortality": mortality().drop_attrs()}, "mortality: no unit"),
        ({"mortality": mortality().assign_attrs(units="1/1000")}, "the unit is '1/1000' where '1/year' is needed"),
        ({"mortality": mortality().isel(sex=0, drop=True)}, "mortality: dimension sex is missing"),
        ({"mortality": mortality().rename(age="alder")}, "mortality: dimension age is missing"),
        ({"mortality": mortality().values}, "mortality: a labelled array .* is needed, not ndarray"),
        ({"fertility": fertility() * 1000}, "fertility: 3 of 3 values are not births per woman"),
        ({"fertility": relabelled(fertility(), age=[3, 4, 99])}, "fertility: 1 labels of dimension age are surplus"),
        ({"fertility": fertility().assign_coords(sex_ratio_at_birth=106.0)}, "sex_ratio_at_birth: 1 of 1 values"),
        ({"years": []}, "years: whole numbers are needed"),
        ({"years": [2021, 2023, 2024]}, "years: they must ascend in even steps"),
        ({"years": [2021.5]}, "years: whole numbers are needed"),
        ({"years": 2021}, "years: whole numbers are needed"),
        ({"extrapolate": 3}, "extrapolate is 3"),
        ({"fertility": fertility().expand_dims(sex=["female"])}, "fertility: it has a dimension sex"),
        ({"migration": [counts()]}, r"migration: a Dataset \(xarray.Dataset\) of variables is needed, not list"),
        ({"migration_totals": [900.0]}, "migration_totals: a mapping of component to dates is needed, not list"),
        ({"tfr": 1.6}, "tfr: 1.6 has no date"),
        ({"tfr": {2030: "1.6"}}, "tfr of 2030: values are of type <U3, not numbers"),
        ({"tfr": {2030: 160.0}}, r"tfr: [0-9]+ of [0-9]+ values are not children per woman"),
        ({"tfr": {2021: -1.0}}, "tfr: [0-9]+ of [0-9]+ values are not children per woman; the first is -1"),
        ({"tfr": {2030: xr.DataArray([1.5], coords={"area": [301]})}}, "tfr of 2030: 1 area codes are not text"),
        (
            {
                "tfr": {
                    2025: xr.DataArray([1.5], coords={"area": ["0301"]}),
                    2030: xr.DataArray([1.5], coords={"area": ["3201"]}),
                }
            },
            "tfr: 1 labels of dimension area are missing that another date has: 0301",
        ),
        ({"life_expectancy": {2030: {"female": "x", "male": 80.0}}}, "life_expectancy of 2030: values are of type <U"),
        ({"extrapolate": "linear", "mortality": yearly([1.0])}, "extrapolate is 'linear'"),
        ({"extrapolate": {"deaths": "hold"}}, "extrapolate: unknown component deaths"),
        ({"tfr": {}}, "tfr: no date is given"),
        ({"tfr": {"2030": 1.5}}, "tfr: '2030' is not a year"),
        ({"tfr": {2030: float("nan")}}, "tfr of [0-9]+: 1 of 1 values are not finite numbers"),
        (
            {"tfr": {2030: 1.5}, "fertility": (fertility() * 0).assign_attrs(PER_YEAR)},
            "tfr: the schedule has no births",
        ),
        ({"life_expectancy": {2030: {"female": 8.0}}}, "a target by sex needs female and male"),
        ({"life_expectancy": {2030: 900.0}}, "life_expectancy: [0-9]+ of 10 values are not years that people"),
        ({"migration": counts().rename("emmigration")}, "migration: unknown component emmigration"),
        ({"migration": counts(-1.0).rename("immigration")}, "immigration: 16 of 16 values are not counts"),
        (
            {"migration": counts().assign_attrs(units="persons/3 years").rename("immigration")},
            "'persons/3 years' where",
        ),
        (
            {"migration": counts().sel(age=[0, 1]).rename("immigration")},
            "immigration: 6 labels of dimension age are miss",
        ),
        ({"migration_totals": {"immigration": {2021: 5.0}}}, "immigration is not a count among the components"),
        (
            {"migration": counts(0.0).rename("immigration"), "migration_totals": {"immigration": {2021: 5.0}}},
            "immigration has no cells that could be scaled",
        ),
    ],
)
def test_bad_input(options: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        made(**options)


def test_areas_of_two_components_must_agree() -> None:
    flows = xr.Dataset({"immigration": counts(area=["0301", "3201"])})
    local = mortality().expand_dims(area=["0301"]).assign_attrs(PER_YEAR)
    with pytest.raises(SchemaError, match=r"immigration: 1 labels of dimension area are surplus, mortality does not"):
        made(mortality=local, migration=flows)
    numbers = mortality().expand_dims(area=[301]).assign_attrs(PER_YEAR)
    with pytest.raises(SchemaError, match="mortality: 1 area codes are not text; the first is 301"):
        made(mortality=numbers)


def by_area(values: list[float], areas: list[str]) -> xr.DataArray:
    return xr.DataArray(values, coords={"area": areas}, attrs=PER_YEAR, name="mortality") * xr.ones_like(mortality())


def test_fallback_serves_where_local_figures_are_missing_and_says_so() -> None:
    local = (by_area([0.1, np.nan], ["0301", "3201"])).assign_attrs(PER_YEAR).rename("mortality")
    filled = fill_missing_areas(local, mortality(), areas=["3205", "0301", "3201"], name="Norway")
    assert filled["mortality_source"].values.tolist() == ["Norway", "local", "Norway"]
    np.testing.assert_array_equal(filled.sel(area="3205"), mortality())
    assert (filled.sel(area="0301") == 0.1).all()
    assert component_sources(made(mortality=filled))["mortality"] == "local: 1 areas; Norway: 2 areas"


def test_bad_fallback() -> None:
    local = by_area([0.1], ["0301"]).assign_attrs(PER_YEAR).rename("mortality")
    partly = local.where(local["age"] != 2)
    with pytest.raises(SchemaError, match="mortality: 1 areas have some values missing, the first is 0301"):
        fill_missing_areas(partly, mortality(), areas=["0301"])
    with pytest.raises(SchemaError, match="national: the unit is 'persons/year' where '1/year'"):
        fill_missing_areas(local, counts(), areas=["0301", "3201"])
    with pytest.raises(SchemaError, match=r"mortality: 1 areas are not among those wanted: 0301"):
        fill_missing_areas(local, mortality(), areas=["3201"])
    with pytest.raises(SchemaError, match="national: its dimensions are age, but those of mortality are sex, age"):
        fill_missing_areas(local, mortality().isel(sex=0, drop=True), areas=["0301"])
    with pytest.raises(SchemaError, match="national: 6 labels of dimension age are missing"):
        fill_missing_areas(local, mortality().sel(age=[0, 1]), areas=["0301", "3201"])


@pytest.mark.parametrize(
    ("areas", "words"),
    [
        (["0301", "3201", "3201"], "areas: '3201' is not text, occurs twice, or stands outside a list"),
        ([301], "areas: 301 is not text"),
        ("0301", "areas: '0301' is not text, occurs twice, or stands outside a list"),
    ],
)
def test_areas_of_a_fallback_are_a_list_of_text(areas: list[str], words: str) -> None:
    local = by_area([0.1], ["0301"]).assign_attrs(PER_YEAR).rename("mortality")
    with pytest.raises(SchemaError, match=words):
        fill_missing_areas(local, mortality(), areas=areas)


def test_a_fallback_with_holes_or_text_is_refused() -> None:
    local = by_area([0.1], ["0301"]).assign_attrs(PER_YEAR).rename("mortality")
    holed = mortality().where(mortality()["age"] != 2).assign_attrs(PER_YEAR)
    with pytest.raises(SchemaError, match="national: 2 of 16 values are not finite numbers; the first is nan at sex f"):
        fill_missing_areas(local, holed, areas=["0301", "3201"])
    with pytest.raises(SchemaError, match="mortality: values are of type <U"):
        fill_missing_areas(local.astype(str).assign_attrs(PER_YEAR), mortality(), areas=["0301"])
    with pytest.raises(SchemaError, match="sources: a Dataset"):
        component_sources({})  # type: ignore[arg-type]
