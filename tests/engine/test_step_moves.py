import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import check_balance
from kompaslite.engine import Convention, project
from kompaslite.engine.cells import eliminate
from kompaslite.engine.step import allotted, move_between_areas
from tests.strategies import cases, conventions


@settings(max_examples=30, deadline=None)
@given(cases(coupled=True), conventions)
def test_what_leaves_one_area_arrives_in_another(case, convention):
    accounts = check_balance(project(case.jump_off, case.assumptions, convention=convention, engine="numpy"))
    out, into = accounts.flows["moves_out"], accounts.flows["moves_in"]
    np.testing.assert_allclose(into.sum("area"), out.sum("area"), rtol=1e-12, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(cases(coupled=True), st.sampled_from([Convention.mean_exposure, Convention.fso]))
def test_moves_between_areas_that_are_alike_change_no_total(case, convention):
    """Where an exit takes from the exposure what an arrival adds, moves cancel in the sum over areas."""
    areas = case.assumptions["area"]
    alike = case.assumptions.isel(area=[0] * areas.size).assign_coords(area=areas)
    rates = alike.drop_vars(["moves", "birth_allotment", "destination"])
    coupled = rates.merge(case.assumptions[["moves", "birth_allotment"]])
    people = case.jump_off.broadcast_like(areas)
    people = people.transpose(..., "sex", "age")
    together = project(people, coupled, convention=convention, engine="numpy").population.sum("area")
    apart = project(people, rates, convention=convention, engine="numpy").population.sum("area")
    np.testing.assert_allclose(together.transpose(*apart.dims), apart, rtol=1e-11)


def test_a_person_who_has_moved_in_may_move_on():
    """Half of the arrivals count: X1 = 100 + 0.5 x 0.2 X2 and X2 = 0.5 x 0.1 X1, in closed form."""
    start, per_arrival = np.array([100.0, 0.0]).reshape(2, 1, 1), np.full((2, 1, 1), 0.5)
    rates = np.zeros((2, 2, 1, 1))
    rates[0, 1], rates[1, 0] = 0.1, 0.2
    at_risk, arrivals = move_between_areas(start, per_arrival, rates)
    first = 100.0 / (1.0 - 0.5 * 0.2 * 0.5 * 0.1)
    np.testing.assert_allclose(at_risk.ravel(), [first, 0.5 * 0.1 * first], rtol=1e-14)
    np.testing.assert_allclose(arrivals.ravel(), [0.2 * 0.05 * first, 0.1 * first], rtol=1e-14)


def test_one_table_of_moves_serves_all_groups():
    start = np.array([100.0, 50.0, 10.0, 20.0]).reshape(4, 1, 1)
    rates = np.zeros((2, 2, 1, 1))
    rates[0, 1] = 0.1
    arrivals = move_between_areas(start, np.zeros((4, 1, 1)), rates)[1]
    assert arrivals.ravel().tolist() == [0.0, 10.0, 0.0, 1.0]


def test_births_are_allotted_within_each_group():
    births = np.array([10.0, 20.0, 100.0, 200.0]).reshape(4, 1, 1)
    shares = np.array([[1.0, 0.0], [0.25, 0.75]])
    assert allotted(births, shares).ravel().tolist() == [15.0, 15.0, 150.0, 150.0]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_elimination_solves_what_numpy_solves(seed, size):
    generator = np.random.default_rng(seed)
    system = generator.normal(size=(size, size + 1))
    wanted = np.linalg.solve(system[:, :-1], system[:, -1])
    condition = np.linalg.cond(system[:, :-1])
    eliminate(system)
    np.testing.assert_allclose(system[:, -1], wanted, rtol=1e-13 * condition, atol=1e-13 * condition)
