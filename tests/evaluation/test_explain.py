"""The parts of a deviation sum to it, in every order and by either way."""

from itertools import permutations

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import project
from kompaslite.evaluation import explain_deviation
from kompaslite.schema import SchemaError
from tests.worlds.history import AGES, SEXES, sources

YEARS = range(2020, 2023)
GROUPS = ["0", "1-5", "6-19", "20-66", "67+"]
GROSS = ["jump_off", "births", "deaths", "in_migration", "out_migration", "abroad", "adjustment"]


def assumptions(*, mortality=1.0, fertility=1.0, arrivals=1.0, leavers=1.0, abroad=1.0, correction=0.0):
    known = sources(first=2010, last=2030)
    mobile = np.exp(-(((AGES - 24) / 9.0) ** 2)) + 0.05
    counts = xr.DataArray(np.stack([60 * mobile, 50 * mobile]), coords={"sex": SEXES, "age": AGES})
    rates = counts / 2_000.0
    years = {"year": YEARS}
    parts = {
        "fertility": known.fertility.sel(years) * fertility,
        "mortality": known.mortality.sel(years) * mortality,
        "in_migration": counts * arrivals,
        "immigration": counts * 0.3 * abroad,
        "out_migration": rates * leavers,
        "emigration": rates * 0.2 * abroad,
        "adjustment": xr.zeros_like(counts) + correction,
    }
    units = {"fertility": "1/year", "mortality": "1/year", "out_migration": "1/year", "emigration": "1/year"}
    parts = {name: part.assign_attrs(units=units.get(name, "persons/year")) for name, part in parts.items()}
    return xr.Dataset({**parts, "sex_ratio_at_birth": xr.DataArray(1.06, attrs={"units": "1"})})


def start(scale=1.0):
    people = np.stack([np.exp(-((AGES / 80.0) ** 4)) * 400 + 5] * 2) * scale
    return xr.DataArray(people, coords={"sex": SEXES, "age": AGES}, attrs={"units": "persons"})


@pytest.fixture(scope="module")
def forecast():
    return project(start(), assumptions())


@pytest.fixture(scope="module")
def actual():
    changed = assumptions(mortality=1.1, fertility=0.9, arrivals=0.8, leavers=1.05, abroad=1.4, correction=0.01)
    return project(start(1.01), changed)


@pytest.fixture(scope="module")
def replanned():
    return project(start(), assumptions(arrivals=0.9))


@pytest.mark.parametrize("by", ["counts", "rates"])
def test_parts_sum_to_the_deviation_in_every_age_group(forecast, actual, by):
    found = explain_deviation(forecast, actual, by=by, groups=GROUPS)
    assert found["part"].values.tolist() == GROSS
    came = actual.population.sel(year=2023).sum() - forecast.population.sel(year=2023).sum()
    assert float(found["deviation"].sum()) == pytest.approx(float(came))
    for way in ("in_order", "average"):
        np.testing.assert_allclose(found[way].sum("part"), found["deviation"], atol=1e-8)
    assert found.attrs == {"year": 2023, "by": by}


@pytest.mark.parametrize("by", ["counts", "rates"])
def test_with_a_plan_they_sum_to_it_too(forecast, actual, replanned, by):
    found = explain_deviation(forecast, actual, replanned=replanned, by=by, groups=GROUPS)
    assert found["part"].values.tolist() == ["plan", *GROSS]
    for way in ("in_order", "average"):
        np.testing.assert_allclose(found[way].sum("part"), found["deviation"], atol=1e-8)


def test_by_counts_every_order_gives_the_same_parts(forecast, actual):
    """Replace flows one after the other in the identity, in all orders of four components, and compare."""
    found = explain_deviation(forecast, actual, groups=GROUPS)
    signs = {"births": 1, "deaths": -1, "in_migration": 1, "out_migration": -1}

    def cohorts(accounts, name):
        flow = accounts.flows[name].sum("sex")
        total = flow.sum("age").values
        return flow.transpose("year", "age").values if name != "births" else np.pad(total[:, None], ((0, 0), (0, 100)))

    known = {
        name: {part: cohorts(one, part) for part in signs}
        | {"jump_off": one.population.sel(year=2020).sum("sex").values}
        for name, one in (("forecast", forecast), ("actual", actual))
    }

    def people(chosen):
        side = {part: known["actual" if part in chosen else "forecast"][part] for part in ("jump_off", *signs)}
        now = side["jump_off"]
        for i in range(len(YEARS)):
            now = np.r_[0.0, now[:-2], now[-2] + now[-1]]
            now = now + sum(sign * side[part][i] for part, sign in signs.items())
        return now[20:67].sum()

    for order in permutations(["jump_off", *signs]):
        done = set()
        for part in order:
            step = people(done | {part}) - people(done)
            assert step == pytest.approx(float(found["average"].sel(part=part, age_group="20-66")), abs=1e-8)
            done.add(part)


def test_by_rates_the_average_is_over_all_orders(forecast, actual):
    found = explain_deviation(forecast, actual, by="rates", groups=["0+"])
    mine = {"mortality": 1.0, "fertility": 1.0, "arrivals": 1.0, "leavers": 1.0, "abroad": 1.0, "correction": 0.0}
    other = {"mortality": 1.1, "fertility": 0.9, "arrivals": 0.8, "leavers": 1.05, "abroad": 1.4, "correction": 0.01}
    names = dict(zip(GROSS[1:], ["fertility", "mortality", "arrivals", "leavers", "abroad", "correction"], strict=True))
    known = {}

    def total(chosen):
        if chosen not in known:
            settings = {name: (other if part in chosen else mine)[name] for part, name in names.items()}
            jump_off = start(1.01 if "jump_off" in chosen else 1.0)
            known[chosen] = float(project(jump_off, assumptions(**settings)).population.sel(year=2023).sum())
        return known[chosen]

    orders = list(permutations(GROSS))
    for part in ("deaths", "in_migration"):
        steps = [
            total(frozenset(order[: order.index(part) + 1])) - total(frozenset(order[: order.index(part)]))
            for order in orders
        ]
        assert float(found["average"].sel(part=part).sum()) == pytest.approx(np.mean(steps), abs=1e-8)
        before = frozenset(GROSS[: GROSS.index(part)])
        assert float(found["in_order"].sel(part=part).sum()) == pytest.approx(total(before | {part}) - total(before))


def test_rates_and_counts_differ_where_people_meet_other_rates(forecast, actual):
    counts, rates = (explain_deviation(forecast, actual, by=by, groups=["0+"])["average"] for by in ("counts", "rates"))
    # more people at the jump-off die more: by counts these deaths are deaths, by rates they belong to the jump-off
    assert float(counts.sel(part="jump_off").sum()) > float(rates.sel(part="jump_off").sum())


def test_the_plan_is_what_making_it_again_changes(forecast, actual, replanned):
    found = explain_deviation(forecast, actual, replanned=replanned, groups=GROUPS)
    made = (replanned.population - forecast.population).sel(year=2023).sum("sex")
    assert float(found["average"].sel(part="plan", age_group="20-66")) == pytest.approx(
        float(made.sel(age=slice(20, 66)).sum())
    )
    against = explain_deviation(replanned, actual, groups=GROUPS)
    xr.testing.assert_allclose(found["average"].drop_sel(part="plan"), against["average"])


def test_an_earlier_year_and_areas_by_themselves(forecast, actual):
    both = []
    for accounts in (forecast, actual):
        population = accounts.population.expand_dims(area=["A", "B"])
        flows = accounts.flows.expand_dims(area=["A", "B"])
        both.append(Accounts(population, flows))
    found = explain_deviation(*both, year=2021, groups=GROUPS)
    one = explain_deviation(forecast, actual, year=2021, groups=GROUPS)
    assert found.attrs["year"] == 2021
    xr.testing.assert_allclose(found["average"].sel(area="B", drop=True), one["average"])
    expected = actual.population.sel(year=2021).sum() - forecast.population.sel(year=2021).sum()
    assert float(one["deviation"].sum()) == pytest.approx(float(expected))


def net_only(accounts):
    moves = {"in_migration": 1, "immigration": 1, "out_migration": -1, "emigration": -1}
    net = sum(sign * accounts.flows[name] for name, sign in moves.items())
    return Accounts(
        accounts.population,
        accounts.flows.drop_vars(list(moves)).assign(net_migration=net.assign_attrs(units="persons/year")),
    )


def test_where_one_side_has_net_migration_both_are_compared_by_it(forecast, actual):
    found = explain_deviation(forecast, net_only(actual), groups=GROUPS)
    assert found["part"].values.tolist() == ["jump_off", "births", "deaths", "net_migration", "adjustment"]
    gross = explain_deviation(forecast, actual, groups=GROUPS)["average"]
    moves = gross.sel(part=["in_migration", "out_migration", "abroad"]).sum("part")
    np.testing.assert_allclose(found["average"].sel(part="net_migration"), moves)


def test_moves_between_areas_count_as_in_and_out_migration(forecast, actual):
    renamed = Accounts(actual.population, actual.flows.rename(in_migration="moves_in", out_migration="moves_out"))
    xr.testing.assert_allclose(
        explain_deviation(forecast, renamed, groups=GROUPS), explain_deviation(forecast, actual, groups=GROUPS)
    )


def test_what_does_not_balance_is_adjustment(forecast, actual):
    unbalanced = Accounts(actual.population, actual.flows.drop_vars("adjustment"))
    xr.testing.assert_allclose(
        explain_deviation(forecast, unbalanced, groups=GROUPS), explain_deviation(forecast, actual, groups=GROUPS)
    )


def without(name):
    return lambda a: Accounts(a.population, a.flows.drop_vars(name))


@pytest.mark.parametrize(
    "case",
    [
        (without("deaths"), {}, "actual: deaths is missing.*residual_accounts"),
        (
            without(["in_migration", "out_migration", "immigration", "emigration"]),
            {},
            "actual: net_migration is missing",
        ),
        (
            lambda a: Accounts(a.population, a.flows.assign(deaths=a.flows["deaths"].sum("age", keep_attrs=True))),
            {},
            "actual: deaths is known without age",
        ),
        (lambda a: Accounts(a.population.sel(year=[2021, 2022])), {}, "the actual accounts 2021 to 2022"),
        (lambda a: a, {"year": 2020}, "and 2020 is asked for"),
        (lambda a: a, {"year": 2040}, "and 2040 is asked for"),
        (lambda a: a, {"by": "hand"}, "by: 'hand' is not known"),
        (lambda a: a, {"groups": ["0-5"]}, "in no group"),
        (
            lambda a: Accounts(a.population, a.flows.sel(year=[2021, 2022])),
            {},
            "actual: .*1 labels of dimension year are missing",
        ),
    ],
)
def test_what_cannot_be_explained_is_named(forecast, actual, case):
    change, arguments, words = case
    with pytest.raises(SchemaError, match=words):
        explain_deviation(forecast, change(actual), **arguments)


def test_labels_that_differ_are_named(forecast, actual):
    fewer = Accounts(actual.population.isel(age=slice(0, 90)), actual.flows.isel(age=slice(0, 90)))
    with pytest.raises(SchemaError, match="actual: 11 labels of dimension age are missing that the forecast has"):
        explain_deviation(forecast, fewer)


def test_rates_that_would_empty_a_cell_point_to_counts():
    """All of a cohort leaves on net in the actual accounts, from a start that the forecast does not have."""
    small, large = start(0.2), start()
    leaving = xr.DataArray(
        np.full((2, 101), -150.0), coords={"sex": SEXES, "age": AGES}, attrs={"units": "persons/year"}
    )
    stay = assumptions().drop_vars(["in_migration", "immigration", "out_migration", "emigration"]).sel(year=[2020])
    mine = project(
        small.where(small["age"] < 60, 0.0).assign_attrs(small.attrs), stay.assign(net_migration=leaving * 0)
    )
    young = leaving.where((leaving["age"] > 0) & (leaving["age"] < 60), 0.0).assign_attrs(leaving.attrs)
    theirs = project(large, stay.assign(net_migration=young))
    with pytest.raises(SchemaError, match=r'by rates: .*fewer than nobody.*Or explain it by="counts"'):
        explain_deviation(mine, theirs, by="rates")
    found = explain_deviation(mine, theirs)
    np.testing.assert_allclose(found["average"].sum("part"), found["deviation"], atol=1e-8)
