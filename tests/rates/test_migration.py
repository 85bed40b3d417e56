"""Migration: arrivals as counts, leavers as rates; what the step needs, and nothing twice."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.rates import Strengths, exposure, fit_migration
from kompaslite.schema import SchemaError
from tests.worlds.small import AGES, YEARS, accounts, in_total, without

MANY = [f"{3000 + i}" for i in range(12)]


def net_only(observed: Accounts) -> Accounts:
    flows = observed.flows
    net = flows["in_migration"] + flows["immigration"] - flows["out_migration"] - flows["emigration"]
    kept = flows[["births", "deaths", "adjustment"]].assign(net_migration=net.assign_attrs(units="persons/year"))
    return Accounts(observed.population, kept)


def flat(value: float) -> xr.DataArray:
    return xr.DataArray(np.full((2, AGES.size), value), coords={"sex": ["female", "male"], "age": AGES})


def test_arrivals_are_mean_counts_and_leavers_are_rates() -> None:
    observed = accounts()
    fitted = fit_migration(observed, window=None)
    flows = observed.flows
    assert list(fitted.data_vars) == ["in_migration", "immigration", "out_migration", "emigration"]
    np.testing.assert_allclose(fitted["in_migration"], flows["in_migration"].mean("year"))
    lived = exposure(observed, YEARS).sum("year")
    np.testing.assert_allclose(fitted["emigration"], flows["emigration"].sum("year") / lived)
    assert [fitted[name].attrs["units"] for name in fitted.data_vars] == ["persons/year"] * 2 + ["1/year"] * 2
    assert fitted["immigration"].attrs["period"] == "2015-2020"


def test_adjustment_goes_on_only_if_wanted_or_in_years_that_were() -> None:
    observed = accounts()
    assert "adjustment" not in fit_migration(observed, window=None)
    wanted = fit_migration(observed, window=None, adjustment=True)["adjustment"]
    np.testing.assert_allclose(wanted, observed.flows["adjustment"].mean("year"))
    annual = fit_migration(observed, window=None, annual=True)["adjustment"]
    np.testing.assert_array_equal(annual, observed.flows["adjustment"])


def test_moves_between_areas_join_those_within_the_country() -> None:
    observed = accounts()
    flows = observed.flows.rename(immigration="moves_in", emigration="moves_out")
    fitted = fit_migration(Accounts(observed.population, flows), window=None)
    both = observed.flows["in_migration"] + observed.flows["immigration"]
    assert set(fitted.data_vars) == {"in_migration", "out_migration"}
    np.testing.assert_allclose(fitted["in_migration"], both.mean("year"))


def test_net_losses_as_rates_take_no_more_than_are_there() -> None:
    observed = net_only(accounts())
    counts = fit_migration(observed, window=None)["net_migration"]
    apart = fit_migration(observed, window=None, net_losses="rates")
    lived = exposure(observed, YEARS).mean("year")
    assert "net_migration" not in apart
    np.testing.assert_allclose(apart["in_migration"] - apart["out_migration"] * lived, counts, atol=1e-12)
    assert not ((apart["in_migration"] > 0) & (apart["out_migration"] > 0)).any()
    assert apart["out_migration"].attrs["units"] == "1/year"


def test_window_takes_the_last_years() -> None:
    observed = accounts()
    fitted = fit_migration(observed, window=2)
    np.testing.assert_allclose(fitted["immigration"], observed.flows["immigration"].sel(year=[2019, 2020]).mean("year"))


def test_arrivals_shrink_in_shape_and_keep_their_total() -> None:
    observed = accounts(areas=MANY)
    local = fit_migration(observed, window=None)["in_migration"]
    shrunk = fit_migration(observed, window=None, shrink_to=xr.Dataset({"in_migration": flat(3.0)}))
    np.testing.assert_allclose(shrunk["in_migration"].sum(["sex", "age"]), local.sum(["sex", "age"]))
    assert shrunk["in_migration"].std("age").mean() < local.std("age").mean()
    assert shrunk["in_migration_shape_weight"].dims == ("area", "sex", "age")
    assert shrunk["immigration"].attrs["source"] == "local"


def test_leavers_and_net_migration_shrink_and_report_their_weights() -> None:
    observed = accounts(areas=MANY)
    shrunk = fit_migration(observed, window=None, shrink_to=xr.Dataset({"out_migration": flat(0.02)}))
    assert shrunk["out_migration_level_weight"].dims == ("area",)
    net = net_only(observed)
    local = fit_migration(net, window=None)["net_migration"]
    result = fit_migration(net, window=None, shrink_to=xr.Dataset({"net_migration": flat(0.0)}))
    assert abs(result["net_migration"]).mean() < abs(local).mean()
    assert result["net_migration"].attrs["units"] == "persons/year"
    assert ((result["net_migration_shape_weight"] >= 0) & (result["net_migration_shape_weight"] <= 1)).all()


def test_what_was_learned_from_many_serves_one() -> None:
    one = accounts(areas=["3201"])
    towards = xr.Dataset({"out_migration": flat(0.02)})
    fitted = fit_migration(one, window=None, shrink_to=towards, learned={"out_migration": Strengths(1e9, 1e9)})
    np.testing.assert_allclose(fitted["out_migration"], 0.02, rtol=1e-4)


@pytest.mark.parametrize(
    ("observed", "options", "words"),
    [
        (
            without(accounts(), "in_migration", "out_migration", "immigration", "emigration"),
            {},
            "no component .* a move",
        ),
        (accounts(), {"window": 8}, "in_migration: a window of 8 years"),
        (in_total(accounts(), "emigration"), {"window": 2}, "emigration: it is known without sex and age"),
        (accounts(), {"window": 2, "net_losses": "amounts"}, "net_losses is 'amounts'"),
        (accounts(), {"window": 2, "annual": True, "shrink_to": xr.Dataset()}, "single years are fitted as they are"),
        (
            accounts(),
            {"window": 2, "shrink_to": xr.Dataset({"moving": flat(1.0)})},
            "shrink_to: unknown component moving",
        ),
        (accounts(), {"window": 2, "shrink_to": xr.Dataset({"emigration": flat(1.0)})}, "at least 10 are needed"),
    ],
)
def test_bad_input(observed: Accounts, options: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        fit_migration(observed, **({"window": None} | options))


def test_net_beside_gross_cannot_be_split() -> None:
    observed = accounts()
    flows = observed.flows.rename(immigration="net_migration")
    with pytest.raises(SchemaError, match='net_losses="rates": the accounts have in- and out-migration beside'):
        fit_migration(Accounts(observed.population, flows), window=None, net_losses="rates")
