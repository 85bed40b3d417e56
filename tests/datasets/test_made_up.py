"""Made-up municipalities: balanced, seeded, of the sizes and years that were asked for."""

import numpy as np
import pytest

from kompaslite.accounts import imbalance
from kompaslite.datasets import made_up
from kompaslite.schema import SchemaError


def test_they_balance_and_have_all_components():
    accounts = made_up(3, years=range(2010, 2016))
    assert float(abs(imbalance(accounts)).max()) < 1e-9
    assert {"births", "deaths", "in_migration", "out_migration", "immigration", "emigration"} <= set(accounts.flows)
    assert accounts.years == tuple(range(2010, 2016))


def test_the_seed_decides():
    one, same, other = (made_up(2, years=range(2010, 2014), seed=seed).population for seed in (1, 1, 2))
    assert one.identical(same)
    assert float(abs(one - other).max()) > 1.0


def test_they_neither_vanish_nor_explode_and_do_not_move_together():
    people = made_up(12).population.sum(["sex", "age"])
    growth = (people.isel(year=-1) / people.isel(year=0)).values
    assert ((growth > 0.6) & (growth < 1.7)).all()
    yearly = np.diff(np.log(people.values), axis=1)
    correlation = np.corrcoef(yearly)[np.triu_indices(12, 1)]
    assert abs(correlation.mean()) < 0.5


@pytest.mark.parametrize(("number", "years"), [(0, range(2010, 2013)), (2, [2010]), (2, [2010, 2012])])
def test_what_cannot_be_made_is_an_error(number, years):
    with pytest.raises(SchemaError, match="made_up: "):
        made_up(number, years=years)
