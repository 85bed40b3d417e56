"""Labels, types and units of what is projected: the same numbers, or an error that names both sides."""

import tracemalloc

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import Accounts, check_balance
from kompaslite.engine import Engine, project
from kompaslite.schema import SchemaError
from tests.strategies import Case, conventions, make_case

COUNTS = ("in_migration", "immigration", "net_migration", "adjustment")


@pytest.fixture
def case() -> Case:
    return make_case(np.random.default_rng(2), {"age": 6, "year": 3, "area": 2})


def _run(case: Case, **options) -> Accounts:
    return project(case.jump_off, case.assumptions, engine="numpy", **options)


# --- labels without a dimension -------------------------------------------------------------------------------------


def test_people_of_one_area_do_not_start_all_areas(case):
    with pytest.raises(SchemaError, match="of area 0001, but the table of assumptions is of area 0001, 0002"):
        project(case.jump_off.sel(area="0001"), case.assumptions)


def test_people_and_assumptions_of_two_areas_are_named_both(case):
    with pytest.raises(SchemaError, match=r"population is of area 0001, but the table of assumptions is of area 0002"):
        project(case.jump_off.sel(area="0001"), case.assumptions.sel(area="0002"))


def test_assumptions_of_one_area_do_not_serve_all_people(case):
    with pytest.raises(SchemaError, match="area"):
        project(case.jump_off, case.assumptions.sel(area="0002"))


@pytest.mark.parametrize("dim", ["draw", "origin", "scenario"])
def test_other_outer_labels_are_compared_too(case, dim):
    labels = ["a", "b"] if dim == "scenario" else [1, 2]
    many = case.assumptions.assign(mortality=case.assumptions["mortality"].expand_dims({dim: labels}))
    with pytest.raises(SchemaError, match=f"of {dim} {labels[0]}, but the table of assumptions is of {dim}"):
        project(case.jump_off.assign_coords({dim: labels[0]}), many)


def test_a_result_of_one_selected_area_says_which(case):
    both = _run(case)
    one = project(case.jump_off.sel(area="0002"), case.assumptions.sel(area="0002"), engine="numpy")
    assert one.population["area"].item() == one.flows["deaths"]["area"].item() == "0002"
    xr.testing.assert_equal(one.population, both.population.sel(area="0002"))
    without = case.assumptions.sel(area="0002").drop_vars("area")
    assert project(case.jump_off.sel(area="0002"), without).population["area"].item() == "0002"


# --- numbers of other software --------------------------------------------------------------------------------------


def _whole(case: Case) -> Case:
    with xr.set_options(keep_attrs=True):
        counts = {name: np.round(case.assumptions[name]) for name in COUNTS if name in case.assumptions}
        return Case(np.round(case.jump_off), case.assumptions.assign(counts))


def _retyped(case: Case, kind: str) -> Case:
    with xr.set_options(keep_attrs=True):
        counts = {name: case.assumptions[name].astype(kind) for name in COUNTS}
        return Case(case.jump_off.astype(kind), case.assumptions.assign(counts))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    conventions,
    st.sampled_from(["uint8", "uint16", "uint32", "uint64", "int8", "int32", "float16", "float32", ">f8", ">i4"]),
)
def test_whole_numbers_of_any_type_give_the_same_numbers(seed, convention, kind):
    case = _whole(make_case(np.random.default_rng(seed), {"age": 4, "year": 2, "area": 2}))
    wanted, found = _run(case, convention=convention), _run(_retyped(case, kind), convention=convention)
    xr.testing.assert_equal(found.population, wanted.population)
    for name, flow in found.flows.items():
        assert flow.dtype in (np.float64, np.float32, np.int64), name
        np.testing.assert_array_equal(flow, wanted.flows[name])
    check_balance(found)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), conventions, st.randoms(use_true_random=False))
def test_permuted_dimensions_and_labels_give_the_same_numbers(seed, convention, random):
    case = make_case(np.random.default_rng(seed), {"age": 5, "year": 3, "area": 3, "draw": 2})

    def mixed(array):
        array = array.isel({dim: random.sample(range(size), size) for dim, size in array.sizes.items()})
        return array.transpose(*random.sample(list(array.dims), len(array.dims)))

    wanted = _run(case, convention=convention).population
    assumptions = xr.Dataset({name: mixed(array) for name, array in case.assumptions.items()}, attrs={})
    found = project(mixed(case.jump_off), assumptions, convention=convention, engine="numpy").population
    np.testing.assert_allclose(found.sel({dim: wanted[dim] for dim in ("draw", "area")}), wanted, rtol=1e-13)


def test_a_caller_who_raises_on_every_rounding_gets_the_same_numbers(case):
    tiny = case.assumptions.assign(mortality=case.assumptions["mortality"] * 1e-320)
    tiny["mortality"].attrs["units"] = "1/year"
    wanted = _run(Case(case.jump_off, tiny))
    with np.errstate(all="raise"):
        xr.testing.assert_identical(_run(Case(case.jump_off, tiny)).population, wanted.population)
        with pytest.raises(SchemaError, match="mortality: 1 of"):
            _run(_with(case, "mortality", np.nan))


def _with(case: Case, name: str, value: float) -> Case:
    wrong = case.assumptions.copy(deep=True)
    wrong[name][dict.fromkeys(wrong[name].dims, -1)] = value
    return Case(case.jump_off, wrong)


@pytest.mark.parametrize("value", [-1.0, 9.0, np.nan])
def test_a_broken_value_is_found_without_masks_of_the_whole_input(case, value):
    factor = xr.DataArray(np.ones(2000), coords={"draw": range(2000)})
    with xr.set_options(keep_attrs=True):
        many = case.assumptions.assign(mortality=(case.assumptions["mortality"] * factor).transpose("draw", ...).copy())
    sound = Case(case.jump_off, many)
    wrong = _with(sound, "mortality", value)
    _run(sound, flows=())
    run = _peak(lambda: _run(sound, flows=()))
    with pytest.raises(SchemaError, match=r"mortality: 1 of 144,000 .* draw 1999"):
        _run(wrong, flows=())

    def told() -> None:
        with pytest.raises(SchemaError):
            _run(wrong, flows=())

    assert _peak(told) <= 1.02 * run


def _peak(function) -> int:
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# --- steps of five years --------------------------------------------------------------------------------------------


def test_fertility_of_a_step_may_be_per_step_or_per_year(case):
    ages, years = 5 * case.assumptions["age"].values, 2025 + 5 * np.arange(3)
    units = {"1/year": "1/5 years", "persons/year": "persons/5 years", "1": "1"}
    named = {name: array.assign_attrs(units=units[array.attrs["units"]]) for name, array in case.assumptions.items()}
    per_step = xr.Dataset(named).assign_coords(age=ages, year=years)
    per_year = per_step.assign(fertility=(per_step["fertility"] / 5).assign_attrs(units="1/year"))
    people = case.jump_off.assign_coords(age=ages)
    found, wanted = (project(people, one, engine="numpy") for one in (per_step, per_year))
    xr.testing.assert_allclose(found.population, wanted.population, rtol=1e-14)
    assert check_balance(found).step == 5
    # net migration is per step as all counts are
    assert found.flows["net_migration"].attrs["units"] == "persons/5 years"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": "5"}, "project: step: '5' is not a whole number of at least 1"),
        ({"step": 0}, "project: step: 0 is not a whole number of at least 1"),
        ({"flows": [1]}, r"project: flows=\[1\] are no names"),
        ({"drive": "housing"}, "project: drive='housing' is no driver"),
    ],
)
def test_an_option_that_is_none_is_told(case, options, message):
    with pytest.raises(SchemaError, match=message):
        project(case.jump_off, case.assumptions, **options)


@pytest.mark.parametrize("threads", ["2", 1.5, 0, True])
def test_threads_are_whole(threads):
    with pytest.raises(SchemaError, match=r"engine: threads: .* is not a whole number of at least 1"):
        Engine("numpy", threads=threads)
