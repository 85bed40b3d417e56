"""What must hold for every projection, and what each wrong input is told."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import Accounts, age_up, check_balance
from kompaslite.engine import Convention, project
from kompaslite.schema import SchemaError
from tests.strategies import PRESETS, Case, cases, conventions, make_case

RATES = ("fertility", "mortality", "out_migration", "emigration", "moves")
COUNTS = ("in_migration", "immigration", "net_migration", "adjustment")


def run(case: Case, convention: Convention = Convention.mean_exposure, **options) -> Accounts:
    return project(case.jump_off, case.assumptions, convention=convention, **{"engine": "numpy", **options})


def scaled(case: Case, factor: float, names=COUNTS) -> Case:
    changed = {name: case.assumptions[name] * factor for name in names if name in case.assumptions}
    with xr.set_options(keep_attrs=True):
        changed = {name: case.assumptions[name] * factor for name in changed}
        return Case(case.jump_off * factor, case.assumptions.assign(changed))


@pytest.fixture
def case() -> Case:
    return make_case(np.random.default_rng(2), {"age": 6, "year": 3, "area": 2})


@settings(max_examples=40, deadline=None)
@given(cases(), conventions)
def test_people_balance_and_none_is_negative(case, convention):
    accounts = check_balance(run(case, convention))
    assert float(accounts.population.min()) >= 0.0
    for name in ("births", "deaths", "out_migration", "emigration", "moves_out", "moves_in"):
        if name in accounts.flows:
            assert float(accounts.flows[name].min()) >= 0.0
    # the engine's result keeps the contract that the constructor checks
    again = Accounts(accounts.population, accounts.flows)
    xr.testing.assert_identical(again.flows, accounts.flows)


@settings(max_examples=25, deadline=None)
@given(cases(), conventions)
def test_twice_the_people_and_counts_are_twice_everything(case, convention):
    once, twice = run(case, convention), run(scaled(case, 2.0), convention)
    np.testing.assert_array_equal(twice.population, 2.0 * once.population)
    for name in once.flows:
        np.testing.assert_array_equal(twice.flows[name], 2.0 * once.flows[name])


@settings(max_examples=25, deadline=None)
@given(cases(), conventions, st.randoms(use_true_random=False))
def test_the_order_of_areas_changes_nothing(case, convention, random):
    if "area" not in case.assumptions.dims and "area" not in case.jump_off.dims:
        return
    areas = list(run(case, convention).population["area"].values)
    shuffled = random.sample(areas, len(areas))

    def reorder(array, dims=("area", "destination")):
        return array.sel({dim: shuffled for dim in dims if dim in array.dims})

    mixed = Case(reorder(case.jump_off), reorder(case.assumptions))
    found, wanted = run(mixed, convention), run(case, convention)
    np.testing.assert_allclose(
        found.population.sel(area=areas).transpose(*wanted.population.dims), wanted.population, rtol=1e-13
    )


@settings(max_examples=25, deadline=None)
@given(cases(coupled=False), conventions)
def test_an_area_split_in_two_of_equal_rates_adds_up_to_the_whole(case, convention):
    one = Case(*(_first_area(array) for array in (case.jump_off, case.assumptions)))
    share = xr.DataArray([0.25, 0.75], coords={"area": ["east", "west"]})
    with xr.set_options(keep_attrs=True):
        people = (one.jump_off * share).transpose("area", ...)
        counts = {name: one.assumptions[name] * share for name in COUNTS if name in one.assumptions}
    parts = run(Case(people, one.assumptions.assign(counts)), convention)
    whole = run(one, convention)
    np.testing.assert_allclose(parts.population.sum("area"), whole.population, rtol=1e-12)
    np.testing.assert_allclose(parts.flows["births"].sum("area"), whole.flows["births"], rtol=1e-12, atol=1e-12)


def _first_area(array):
    return array.isel(area=0, drop=True) if "area" in array.dims else array


@settings(max_examples=25, deadline=None)
@given(cases(), conventions)
def test_without_any_rate_or_count_people_only_grow_older(case, convention):
    nil = {name: xr.zeros_like(case.assumptions[name]) for name in (*RATES, *COUNTS) if name in case.assumptions}
    population = run(Case(case.jump_off, case.assumptions.assign(nil)), convention).population
    for year in population["year"].values[:-1]:
        older = age_up(population.sel(year=year, drop=True))
        xr.testing.assert_equal(population.sel(year=year + 1, drop=True), older)
        assert float(older.sum()) == pytest.approx(float(population.sel(year=year).sum()), rel=1e-14)


@settings(max_examples=25, deadline=None)
@given(cases(), conventions)
def test_nobody_is_lost_in_ageing(case, convention):
    """People before = people after ageing: without exits, the total of those alive moves on whole."""
    nil = {name: xr.zeros_like(case.assumptions[name]) for name in (*RATES, *COUNTS) if name in case.assumptions}
    del nil["fertility"]
    accounts = run(Case(case.jump_off, case.assumptions.assign(nil)), convention)
    grown = accounts.population.isel(year=-1).sum() - accounts.population.isel(year=0).sum()
    births = accounts.flows["births"].broadcast_like(accounts.population.isel(year=slice(None, -1))).sum()
    assert float(grown) == pytest.approx(float(births), rel=1e-11, abs=1e-10)


def test_a_scenario_equal_to_the_baseline_differs_by_exactly_nothing(case):
    baseline = run(case)
    twice = xr.concat([case.assumptions["mortality"]] * 2, xr.Variable("scenario", ["baseline", "same"]))
    both = run(Case(case.jump_off, case.assumptions.assign(mortality=twice)))
    for scenario in ("baseline", "same"):
        xr.testing.assert_equal(both.population.sel(scenario=scenario, drop=True), baseline.population)


def test_draws_on_fertility_alone_give_the_whole_forecast_draws(case):
    factor = xr.DataArray([0.9, 1.0, 1.1], coords={"draw": [0, 1, 2]})
    with xr.set_options(keep_attrs=True):
        assumptions = case.assumptions.assign(fertility=case.assumptions["fertility"] * factor)
    drawn = run(Case(case.jump_off, assumptions))
    assert drawn.population.dims == ("draw", "area", "sex", "age", "year")
    xr.testing.assert_equal(drawn.population.sel(draw=1, drop=True), run(case).population)


def test_inputs_without_an_outer_dimension_are_not_copied_for_it(case):
    factor = xr.DataArray(np.ones(50), coords={"draw": range(50)})
    with xr.set_options(keep_attrs=True):
        assumptions = case.assumptions.assign(fertility=case.assumptions["fertility"] * factor)
    drawn = run(Case(case.jump_off, assumptions))
    assert "draw" not in drawn.flows["in_migration"].dims
    assert np.shares_memory(drawn.flows["in_migration"].values, case.assumptions["in_migration"].values)


def test_dimensions_come_in_the_order_of_the_library_whatever_the_inputs(case):
    mixed = Case(
        case.jump_off.transpose("age", "area", "sex").isel(age=slice(None, None, -1), sex=[1, 0]),
        case.assumptions.transpose("year", "age", "sex", "area").isel(year=[2, 0, 1]),
    )
    found = run(mixed)
    assert found.population.dims == ("area", "sex", "age", "year")
    xr.testing.assert_equal(found.population, run(case).population)


def test_the_result_says_its_units_and_years(case):
    accounts = run(case)
    assert accounts.population.attrs["units"] == "persons"
    assert {flow.attrs["units"] for flow in accounts.flows.values()} == {"persons/year"}
    assert accounts.years == (2025, 2026, 2027, 2028)
    assert accounts.flows["deaths"]["year"].values.tolist() == [2025, 2026, 2027]


def test_people_of_one_year_are_the_jump_off_of_the_next(case):
    whole = run(case)
    rest = case.assumptions.sel(year=slice(2026, None))
    late = run(Case(whole.population.sel(year=2026), rest))
    xr.testing.assert_equal(late.population, whole.population.sel(year=slice(2026, None)))


def _in_steps(case: Case, step: int) -> Case:
    units = {"1/year": f"1/{step} years", "persons/year": f"persons/{step} years", "1": "1"}
    named = {
        name: array if name == "fertility" else array.assign_attrs(units=units[array.attrs["units"]])
        for name, array in case.assumptions.items()
    }
    years, ages = case.assumptions["year"].values, case.assumptions["age"].values
    labels = {"year": years[0] + step * (years - years[0]), "age": step * ages}
    people = case.jump_off.assign_coords(age=labels["age"])
    return Case(people, xr.Dataset(named).assign_coords(labels))


def test_a_step_of_five_years_multiplies_the_annual_fertility_only(case):
    wide = run(_in_steps(case, 5))
    assert wide.step == 5
    assert wide.years == (2025, 2030, 2035, 2040)
    assert wide.flows["deaths"].attrs["units"] == "persons/5 years"
    annual = case.assumptions.assign(fertility=5.0 * case.assumptions["fertility"])
    annual["fertility"].attrs["units"] = "1/year"
    np.testing.assert_allclose(wide.population, run(Case(case.jump_off, annual)).population, rtol=1e-14)
    np.testing.assert_array_equal(run(_in_steps(case, 5), step=5).population, wide.population)


def test_rounding_below_zero_leaves_an_empty_cell_but_no_flow_changes():
    """Rates that empty a cohort exactly end at zero, not at minus a rounding error."""
    case = make_case(np.random.default_rng(4), {"age": 4, "year": 3}, pick=lambda: False)
    leaving = xr.full_like(case.assumptions["mortality"], 2.0).assign_attrs(units="1/year")
    mortality = case.assumptions["mortality"] / 3.0
    assumptions = case.assumptions.assign(
        out_migration=leaving - mortality, mortality=mortality.assign_attrs(units="1/year")
    )
    assumptions["out_migration"].attrs["units"] = "1/year"
    accounts = check_balance(run(Case(case.jump_off, assumptions)))
    assert float(accounts.population.sel(year=2026).max()) == 0.0


# --- shortages ------------------------------------------------------------------------------------------------------


def _short(case: Case, name: str = "net_migration") -> Case:
    wrong = case.assumptions.copy(deep=True)
    wrong[name] = wrong[name].broadcast_like(wrong["mortality"]).copy()
    wrong[name].attrs["units"] = "persons/year"
    wrong[name].loc[{"area": "0002", "sex": "male", "age": 3, "year": 2026}] = -5000.0
    return Case(case.jump_off, wrong)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("name", ["net_migration", "adjustment"])
def test_a_cell_that_would_hold_fewer_than_nobody_is_an_error(case, name, engine):
    if engine == "numba":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    with pytest.raises(SchemaError) as error:
        run(_short(case, name), engine=engine)
    message = str(error.value)
    assert message.startswith("population: 1 of 24 cells would hold fewer than nobody at the end of 2026; the first -4")
    assert "at area 0002, sex male, age 3, year 2026" in message
    assert "lower the rates of leaving, or net_migration or adjustment" in message


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("preset", ["mean_exposure", "un_even"])
def test_on_request_such_cells_are_filled_up_listed_and_booked(case, preset, engine):
    if engine == "numba":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    lists = []
    short = _short(case)
    accounts = check_balance(run(short, PRESETS[preset], clip=lists.append, engine=engine))
    (cells,) = lists
    assert list(cells.columns) == ["area", "sex", "age", "year", "persons"]
    assert float(accounts.population.min()) == 0.0
    booked = accounts.flows["adjustment"] - short.assumptions["adjustment"]
    by_cell = cells.set_index(["area", "sex", "age", "year"])["persons"]
    for cell, persons in by_cell.items():
        at = dict(zip(["area", "sex", "age", "year"], cell, strict=True))
        assert float(booked.sel(at)) == pytest.approx(persons, rel=1e-12)
    assert float(booked.sum()) == pytest.approx(by_cell.sum(), rel=1e-9)
    assert ("0002", "male", 3, 2026) in by_cell.index
    assert len(by_cell) == (1 if preset == "mean_exposure" else 2)


def test_the_list_is_empty_where_nothing_was_filled_up(case):
    lists = []
    accounts = run(case, clip=lists.append)
    assert len(lists[0]) == 0
    xr.testing.assert_equal(accounts.population, run(case).population)


def test_filling_up_books_an_adjustment_where_there_was_none():
    case = make_case(np.random.default_rng(2), {"age": 6, "year": 3, "area": 2})
    without = Case(case.jump_off, case.assumptions.drop_vars("adjustment"))
    lists = []
    accounts = check_balance(run(_short(without), clip=lists.append))
    assert float(accounts.flows["adjustment"].sum()) == pytest.approx(lists[0]["persons"].sum())


# --- wrong inputs ---------------------------------------------------------------------------------------------------


def _with(case: Case, name: str, value: float, **cell) -> Case:
    wrong = case.assumptions.copy(deep=True)
    wrong[name].loc[cell] = value
    return Case(case.jump_off, wrong)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("mortality", -0.1, "mean_exposure"), "are not rates between 0 and 2; the first is -0.1 at"),
        (("mortality", 2.04, "mean_exposure"), "are not rates between 0 and 2; the first is 2.04 at"),
        (("mortality", 1.04, "un_end"), "are not probabilities; the first is 1.04 at"),
        (("mortality", np.inf, "fso"), "are not probabilities; the first is inf at"),
        (("mortality", np.nan, "fso"), "mortality: 6 of 72 values are missing; the first is at"),
        (("emigration", 1.2, "fso"), "are not probabilities; the first is 1.2 at"),
        (("in_migration", -3.0, "mean_exposure"), "are not counts of at least 0; the first is -3 at"),
        (("net_migration", np.inf, "mean_exposure"), "are not numbers; the first is inf at"),
        (("fertility", 40.0, "mean_exposure"), "are not births per woman and year; the first is 40 at"),
        (("sex_ratio_at_birth", 106.0, "mean_exposure"), "are not boys per girl; the first is 106 at"),
    ],
)
def test_a_value_out_of_bounds_is_named_with_its_cell(case, wrong, message, engine):
    name, value, preset = wrong
    if engine == "numba":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    cell = {"area": "0002"} if name == "sex_ratio_at_birth" else {"age": 2, "area": "0002"}
    with pytest.raises(SchemaError) as error:
        run(_with(case, name, value, **cell), PRESETS[preset], engine=engine)
    assert str(error.value).startswith(f"{name}: ")
    assert message in str(error.value)
    assert "area 0002" in str(error.value)


def test_rates_per_thousand_are_told_to_be_divided(case):
    with xr.set_options(keep_attrs=True):
        wrong = case.assumptions.assign(mortality=case.assumptions["mortality"] * 1000)
    with pytest.raises(SchemaError, match=r"Rates per 1,000 must be divided by 1,000\."):
        run(Case(case.jump_off, wrong))


def test_a_rate_table_that_ends_early_is_not_continued(case):
    short = case.assumptions["mortality"].sel(year=slice(None, 2026))
    together = case.assumptions.drop_vars("mortality").merge({"mortality": short}, join="outer")
    with pytest.raises(SchemaError) as error:
        run(Case(case.jump_off, together))
    assert "mortality: no values for 1 years of the horizon: 2027. A table that ends early" in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.drop_vars("mortality"), "assumptions: mortality is missing. Add it; a rate that is nil is given"),
        (lambda a: a.rename(mortality="deaths"), "assumptions: unknown variable deaths; known are fertility,"),
        (lambda a: a.isel(age=slice(5)), "1 labels of dimension age are missing that the population has: 5"),
        (lambda a: a.isel(area=[0]), "1 labels of dimension area are missing that the population has: 0002"),
        (lambda a: a.assign_coords(area=["0001", "0009"]), "1 labels of dimension area are missing that"),
        (
            lambda a: a.assign_coords(year=[2026, 2027, 2028]),
            "they start in year 2026, the population is that of 1 Jan",
        ),
        (
            lambda a: a.assign_coords(year=[2025, 2026, 2028]),
            "1 of the years do not follow the one before by 1; the fir",
        ),
        (lambda a: a.isel(year=0, drop=True), "no variable has the dimension year, so the horizon is unknown"),
        (lambda a: a.expand_dims(zone=["a", "b"]), "dimension zone is not known here"),
        (lambda a: a.isel(year=slice(0)), "assumptions: they have no years"),
        (lambda a: a.assign(mortality=a["mortality"].astype(str)), "mortality: values are of type <U32, not numbers"),
        (lambda a: a.assign(mortality=a["mortality"] > 0), "mortality: values are of type bool, not numbers"),
        (lambda a: a.assign(mortality=a["mortality"].astype(object)), "mortality: values are of type object"),
        (lambda a: a.assign(mortality=a["mortality"] + 0j), "mortality: values are of type complex128"),
    ],
)
def test_labels_that_do_not_fit_are_named(case, change, message):
    with xr.set_options(keep_attrs=True), pytest.raises(SchemaError) as error:
        run(Case(case.jump_off, change(case.assumptions)))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.expand_dims(year=[2025]), "a projection starts from one year. Select it with .sel(year=...)"),
        (lambda p: p.isel(sex=[0]), "population: births need both sexes; it has female only"),
        (lambda p: p.isel(age=slice(2)), "population: 2 ages are too few"),
        (lambda p: p - 1000, "population: 24 of 24 values are not counts of at least 0"),
        (lambda p: p.assign_attrs(units="thousands"), "population: the unit is 'thousands' where 'persons' is needed"),
        (lambda p: p.drop_vars("sex"), "population: dimension sex has no labels"),
        (lambda p: p.values, "population: a labelled array (xarray.DataArray) is needed, not ndarray"),
        (lambda p: p.assign_coords(age=p["age"] + 5), "population: ages start at 5, so newborns would have no place"),
        (lambda p: p.assign_coords(age=p["age"] - 1), "population: ages start at -1, so newborns would have no place"),
        (lambda p: p.assign_coords(year="2025"), "its coordinate year is array('2025', dtype='<U4'), not one whole"),
    ],
)
def test_a_jump_off_that_cannot_be_is_told_why(case, change, message):
    with xr.set_options(keep_attrs=True):
        wrong = change(case.jump_off)
    with pytest.raises(SchemaError) as error:
        run(Case(wrong, case.assumptions))
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["fertility", "mortality", "in_migration", "sex_ratio_at_birth"])
def test_every_variable_says_its_unit(case, name):
    wrong = case.assumptions.copy()
    wrong[name] = wrong[name].assign_attrs(units="1/3 years")
    with pytest.raises(SchemaError, match=f"{name}: the unit is '1/3 years' where"):
        run(Case(case.jump_off, wrong))


def test_births_by_the_newborn_are_an_error(case):
    with pytest.raises(SchemaError) as error:
        run(_with(case, "fertility", 0.1, age=0))
    assert "fertility: 6 values must be 0, because no births belong to this age of mothers" in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flows": "births"}, "project: flows are several names. Write flows=('births',)."),
        ({"convention": "mean_exposure"}, "project: 'mean_exposure' is not a Convention. Write convention=kl.Conv"),
        ({"clip": True}, "project: clip=True is not a function. Give one that takes the table of filled cells."),
    ],
)
def test_an_option_of_another_kind_is_told_what_is_needed(case, options, message):
    with pytest.raises(SchemaError) as error:
        project(case.jump_off, case.assumptions, **options)
    assert message in str(error.value)


def test_assumptions_must_be_a_dataset(case):
    with pytest.raises(SchemaError, match="assumptions: a Dataset is needed, not DataArray"):
        project(case.jump_off, case.assumptions["mortality"])


def test_a_flow_that_there_is_not_cannot_be_asked_for(case):
    without = Case(case.jump_off, case.assumptions.drop_vars("emigration"))
    with pytest.raises(SchemaError) as error:
        run(without, flows=("births", "emigration"))
    assert "flow emigration is asked for, but these assumptions have no such component" in str(error.value)


@pytest.mark.parametrize(
    ("engine", "message"),
    [("cuda", "engine: kernel 'cuda' is unknown. Choose of 'auto', 'numpy', 'numba'.")],
)
def test_an_engine_that_there_is_not_is_told_which_there_are(case, engine, message):
    with pytest.raises(SchemaError) as error:
        run(case, engine=engine)
    assert str(error.value) == message


# --- coupled areas --------------------------------------------------------------------------------------------------


@pytest.fixture
def coupled() -> Case:
    return make_case(np.random.default_rng(3), {"age": 4, "year": 2, "area": 3}, coupled=True)


def test_a_move_within_an_area_is_none(coupled):
    wrong = _with(coupled, "moves", 0.1, area="0002", destination="0002")
    with pytest.raises(SchemaError) as error:
        run(wrong)
    assert "moves: 16 values must be 0, because a move from an area to itself is none" in str(error.value)
    assert "at area 0002, destination 0002" in str(error.value)


def test_every_child_is_allotted_once(coupled):
    wrong = _with(coupled, "birth_allotment", 0.9, area="0002", destination="0001")
    with pytest.raises(SchemaError, match=r"birth_allotment: the shares of 1 areas do not sum to 1; the first sum is"):
        run(wrong)


def test_destinations_are_the_areas(coupled):
    wrong = coupled.assumptions.assign_coords(destination=["0001", "0002", "0009"])
    with pytest.raises(SchemaError) as error:
        run(Case(coupled.jump_off, wrong))
    assert "1 labels of dimension destination are missing that the dimension area has: 0003" in str(error.value)
