"""Graduation: group totals kept, never negative, and how far from the true single ages of real municipalities."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.rates import GraduationError, graduate
from kompaslite.rates.graduation import smooth_split
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, age_groups, group_members


def by_group(values, groups=NOTE_AGE_GROUPS):
    return xr.DataArray(values, coords={"age_group": list(groups)}, attrs={"units": "persons"}, name="population")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1.0, 5e4)), min_size=13, max_size=13),
    st.lists(st.floats(0.1, 10.0), min_size=106, max_size=106),
)
def test_group_totals_are_kept_and_nobody_is_negative(totals, reference):
    shape = xr.DataArray(reference, coords={"age": range(106)})
    people = graduate(by_group(totals), reference=shape)
    np.testing.assert_allclose(age_groups(people), totals, rtol=1e-12, atol=1e-12)
    assert (people.values >= 0).all()


def test_a_reference_with_the_same_totals_is_returned_as_it_is():
    reference = xr.DataArray(np.linspace(2000.0, 1.0, 106), coords={"age": range(106)})
    people = graduate(age_groups(reference), reference=reference * 7)
    np.testing.assert_allclose(people, reference, rtol=1e-9)


def test_the_solution_is_the_smoothest_one():
    """No other split with the same group totals has a smaller sum of squared differences of its logarithm."""
    totals = {"0-4": 50.0, "5-9": 80.0, "10+": 30.0}
    best = graduate(totals, open_age=14).values

    def roughness(people):
        return (np.diff(np.log(people)) ** 2).sum() + (np.diff(np.log(people), 2) ** 2).sum()

    rng = np.random.default_rng(1)
    members = group_members(list(totals), range(15)).astype(float)
    for size in (1e-3, 1e-2, 0.1):
        for _ in range(50):
            other = best * np.exp(size * rng.normal(size=15))
            other *= (members @ best / (members @ other)) @ members
            assert roughness(other) > roughness(best)


def test_other_dimensions_are_split_as_in_the_reference():
    share = xr.DataArray(
        np.linspace(0.49, 0.7, 106)[None, :] * [[1.0], [0.0]] + np.linspace(0.51, 0.3, 106)[None, :] * [[0.0], [1.0]],
        coords={"sex": ["female", "male"], "age": range(106)},
        dims=["sex", "age"],
    )
    totals = by_group(np.arange(1.0, 14.0) * 100)
    both = xr.concat([totals, 2 * totals], dim="year").assign_coords(year=[2025, 2026])
    people = graduate(both, reference=share)
    assert people.dims == ("sex", "age", "year")
    assert people.attrs["units"] == "persons"
    np.testing.assert_allclose(
        people.sel(sex="female") / people.sum("sex"), share.sel(sex="female").expand_dims(year=2, axis=1)
    )
    np.testing.assert_allclose(people.sel(year=2026), 2 * people.sel(year=2025), rtol=1e-8)


def test_bare_kernel_works_unit_by_unit():
    members = group_members(["0-4", "5+"], range(10))
    totals = np.array([[[5.0, 10.0]], [[0.0, 3.0]], [[0.0, 0.0]]])
    people = smooth_split(totals, np.ones(10), members=members)
    assert people.shape == (3, 1, 10)
    np.testing.assert_allclose(people @ members.T, totals, atol=1e-12)
    assert (people[2] == 0).all()


@pytest.mark.parametrize("code", ["3201", "4601", "4003"])
def test_against_the_true_single_ages(shared, code):
    """Statistics Norway, table 07459. Uniform splitting is off by 6 to 9 per cent of all people."""
    table = pd.read_parquet(shared / "data" / "population_municipality_age_sex_2005_2026.parquet")
    table = table[(table.municipality_code == code) & table.year.isin([2025, 2026])]
    true = table.groupby(["age", "year"]).population.sum().to_xarray().astype(float)
    groups = age_groups(true)
    people = graduate(groups)
    uniform = groups.sel(age_group=_group_of_age()).values / _width()
    off = (abs(people - true).sum("age") / true.sum("age") * 100).values
    off_uniform = np.abs(uniform - true.values).sum(axis=0) / true.sum("age").values * 100
    print(f"\n{code}: {off.round(2)} per cent of people at the wrong age; split evenly {off_uniform.round(2)}")
    assert (off < {"3201": 4.6, "4601": 3.6, "4003": 6.2}[code]).all()
    assert (off < off_uniform).all()


def _group_of_age():
    members = group_members(NOTE_AGE_GROUPS, range(106))
    return [NOTE_AGE_GROUPS[i] for i in members.argmax(axis=0)]


def _width():
    members = group_members(NOTE_AGE_GROUPS, range(106))
    return members.sum(axis=1)[members.argmax(axis=0)][:, None]


@pytest.mark.parametrize(
    ("totals", "options", "words"),
    [
        ({"0-4": 1, "3+": 1}, {}, "0-4 and 3\\+ overlap, they share the ages 3-4"),
        ({"0-4": 1, "6+": 1}, {}, "1 ages are in no group, the first is 5"),
        (
            {"0-4": -1, "5+": 1},
            {},
            "1 of 2 values are not numbers of at least 0; the first is -1 at age_group 0-4",
        ),
        ({"0-4": float("nan"), "5+": 1}, {}, "totals: 1 of 2 values are not numbers of at least 0; the first is nan"),
        ({"0-4": "x", "5+": 1}, {}, "totals: 1 of 2 values are not numbers; the first is 'x' at age_group 0-4"),
        ([1, 2], {}, "totals: figures by age group are needed, not list"),
        ({"young": 1, "old": 1}, {}, "'young' is not an age group"),
        ({"young": 1, "old": 1}, {"groups": {"young": (0, 5), "aged": (6, None)}}, "labels .* are missing .*: aged"),
        (
            {"0-4": 1, "5+": 1},
            {"open_age": 9, "reference": np.r_[np.ones(5), np.zeros(5)]},
            r"nobody in 1 age groups .* the first is age_group 5\+",
        ),
        (
            {"0-4": 1, "5+": 1},
            {"open_age": 9, "reference": np.ones(9)},
            "1 labels of dimension age are missing",
        ),
        ({"0-4": 1, "5+": 1}, {"open_age": 9, "reference": -np.ones(10)}, "reference: 10 of 10 values are not numbers"),
    ],
)
def test_bad_input_is_refused(totals, options, words):
    if isinstance(options.get("reference"), np.ndarray):
        shape = options["reference"]
        options = options | {"reference": xr.DataArray(shape.astype(float), coords={"age": range(shape.size)})}
    with pytest.raises(SchemaError, match=words):
        graduate(totals, **options)


def test_totals_without_groups_are_refused():
    with pytest.raises(SchemaError, match="dimension age_group is missing; they have age"):
        graduate(xr.DataArray(np.ones(3), coords={"age": range(3)}))


def test_a_split_that_is_not_found_is_an_error_that_says_so(monkeypatch):
    monkeypatch.setattr("kompaslite.rates.graduation._STEPS", 1)
    with pytest.raises(GraduationError, match="no smooth single ages were found; the group totals run from 1 to 900"):
        graduate({"0-4": 1, "5+": 900})
