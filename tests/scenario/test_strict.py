"""Nothing is taken for something else: kinds of values, blanks, empty lists; mistakes in files and in Python."""

import time

import numpy as np
import pytest
import xarray as xr

from kompaslite.scenario import (
    HousingPlan,
    InMigrationRule,
    MigrationEdit,
    Outputs,
    Scenario,
    ScenarioError,
    Uncertainty,
    apply_edits,
    scenario_from,
    side_by_side,
)
from kompaslite.schema import SchemaError

HEAD = 'name = "s"\nbecause = "x"\nfirst_year = 2026\nlast_year = 2030\n'
TFR = '[[fertility]]\nbecause = "x"\ntfr = { 2026 = VALUE }\n'
FACTOR = '[[migration]]\ncomponent = "immigration"\nbecause = "x"\nfactor = { 2026 = VALUE }\n'
LIFE = '[[mortality]]\nbecause = "x"\nlife_expectancy = { 2026 = VALUE }\n'
PLAN = '[housing]\nbecause = "x"\nprogramme = "p.toml"\nKEY = VALUE\n'
OUT = "[outputs]\nKEY = VALUE\n"


@pytest.mark.parametrize("value", ["true", '"1.5"', "[1.5]", "2026-01-01", "nan", "inf", "-inf", "{}", "'1,5'"])
@pytest.mark.parametrize("text", [TFR, FACTOR, LIFE, PLAN.replace("KEY", "realisation"), PLAN.replace("KEY", "delay")])
def test_a_number_is_a_number(text, value):
    with pytest.raises(ScenarioError, match=r"scenario, line [4-8]: "):
        scenario_from(HEAD + text.replace("VALUE", value))


@pytest.mark.parametrize("value", ['"no"', '"true"', "1", "0", "[true]", "1.0"])
@pytest.mark.parametrize("key", ["pdf", "note", "tables", "workbook"])
def test_a_flag_is_true_or_false(key, value):
    with pytest.raises(ScenarioError, match=rf"line 6: outputs.{key}: true or false is needed"):
        scenario_from(HEAD + OUT.replace("KEY", key).replace("VALUE", value))


@pytest.mark.parametrize("value", ['"2027"', "2027.0", "true", "[2027]", "99999", "1800"])
@pytest.mark.parametrize("key", ["first_year", "last_year"])
def test_a_year_is_a_whole_number_within_reach(key, value):
    lines = [line for line in HEAD.splitlines() if not line.startswith(key)]
    with pytest.raises(ScenarioError, match=rf"{key}: "):
        scenario_from("\n".join([*lines, f"{key} = {value}"]))


@pytest.mark.parametrize("blank", ['""', '"   "', '"\\t"', '"\\n"'])
@pytest.mark.parametrize("key", ["name", "because"])
def test_a_blank_is_no_reason(key, blank):
    lines = [line for line in HEAD.splitlines() if not line.startswith(key)]
    with pytest.raises(ScenarioError, match=rf"{key}: text is needed"):
        scenario_from("\n".join([*lines, f"{key} = {blank}"]))
    with pytest.raises(ScenarioError, match="because: text is needed"):
        scenario_from(HEAD + TFR.replace('"x"', blank).replace("VALUE", "1.5"))


@pytest.mark.parametrize("areas", ["[]", '[""]', '[" "]', "[3201]", '["3201", "3201"]', '"3201"'])
@pytest.mark.parametrize("text", [text.replace("VALUE", "1.5" if text == TFR else "84") for text in (TFR, LIFE)])
def test_areas_name_some_areas_once(text, areas):
    with pytest.raises(ScenarioError, match=r"scenario, line \d: "):
        scenario_from(f"{HEAD}{text}areas = {areas}\n")


@pytest.mark.parametrize("value", ["110", "95", "20.1"])
def test_per_cent_is_no_factor(value):
    with pytest.raises(ScenarioError, match=r"line 8: migration.1.factor.2026: .* times is too much for a factor; wr"):
        scenario_from(HEAD + FACTOR.replace("VALUE", value))
    with pytest.raises(ScenarioError, match=r"line 8: housing.realisation: it must be at most 2"):
        scenario_from(HEAD + PLAN.replace("KEY", "realisation").replace("VALUE", value))


MADE = [
    (lambda: Scenario(name="s"), "3 problems in the scenario:\n  because: is missing"),
    (lambda: Scenario(name="s", because="x", first_year=2026, last_year=2020), "last_year 2020 is not after"),
    (lambda: Scenario(name="s", because="x", first_year=2026, last_yaer=2030), "Did you mean last_year"),
    (lambda: MigrationEdit(component="immigration", because="x"), "give either total"),
    (lambda: MigrationEdit(component="imigration", because="x", factor={2026: 1.0}), "component: choose"),
    (lambda: HousingPlan(programme="p.toml"), "because: is missing"),
    (lambda: InMigrationRule(way="housing", first_year=2027, last_year=2026, because="x"), "turn them round"),
    (lambda: Uncertainty(draws=-1), "draws: it must be at least 0"),
    (lambda: Outputs(language="sv"), "language: choose"),
    (lambda: Outputs(grupps={}), "unknown key. Did you mean groups"),
]


@pytest.mark.parametrize(("make", "words"), MADE)
def test_mistakes_in_python_are_told_as_in_a_file(make, words):
    with pytest.raises(ScenarioError, match=words):
        make()


def test_numbers_of_numpy_are_numbers():
    made = Scenario(
        name="s",
        because="x",
        first_year=np.int64(2026),
        last_year=np.int32(2030),
        migration=[{"component": "immigration", "factor": {np.int64(2026): np.float32(0.5)}, "because": "x"}],
        uncertainty=Uncertainty(draws=np.int64(5)),
    )
    assert (made.years, made.migration[0].factor, made.uncertainty.draws) == ((2026, 2027, 2028, 2029), {2026: 0.5}, 5)


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_many_mistakes_are_told_soon(count):
    text = HEAD + "".join(f"nmae_{number} = 1\n" for number in range(count))
    start = time.process_time()
    with pytest.raises(ScenarioError) as told:
        scenario_from(text)
    assert time.process_time() - start < 2.0
    lines = str(told.value).splitlines()
    assert lines[0] == f"{count:,} problems in the scenario:"
    assert lines[-1] == f"  and {count - 25:,} more"
    assert len(lines) == 27


def flat(**values):
    years = {"year": [2026, 2027]}
    return xr.Dataset({name: ("year", [value, value]) for name, value in values.items()}, coords=years)


@pytest.mark.parametrize("factors", [(0.9, 1.0), (1.0, 1.0), (1.0,), (1.0, 1.0, 1.0)])
def test_scenarios_that_are_equal_keep_their_labels(factors):
    base = flat(fertility=1.5, mortality=0.01)
    together = side_by_side({f"x{i}": base.assign(fertility=base.fertility * by) for i, by in enumerate(factors)})
    assert together["scenario"].values.tolist() == [f"x{i}" for i in range(len(factors))]
    for i, by in enumerate(factors):
        part = together.sel(scenario=f"x{i}", drop=True)
        np.testing.assert_array_equal(part.fertility, base.fertility * by)
        np.testing.assert_array_equal(part.mortality, base.mortality)


def net_gains():
    counts = xr.DataArray(
        np.full((2, 1, 2), 10.0),
        coords={"sex": ["female", "male"], "age": [30], "year": [2026, 2027]},
        attrs={"units": "persons/year"},
    )
    return xr.Dataset({"in_migration": counts, "immigration": counts}, attrs={"moves": "net"})


@pytest.mark.parametrize("component", ["in_migration", "immigration"])
def test_a_total_of_movers_is_not_set_on_net_gains(component):
    edit = {"component": component, "total": {2026: 2134}, "because": "as in the history"}
    scenario = Scenario(name="s", because="x", first_year=2026, last_year=2028, migration=[edit])
    with pytest.raises(SchemaError, match=rf"{component} of the baseline holds net gains.*Give factor"):
        apply_edits(net_gains(), scenario)
    gross = apply_edits(net_gains().assign_attrs(moves="gross"), scenario)
    assert gross[component].sum(["sex", "age"]).values.tolist() == [2134.0, 2134.0]
    twice = MigrationEdit(component=component, factor={2026: 2}, because="x")
    assert apply_edits(net_gains(), scenario.model_copy(update={"migration": (twice,)}))[component].values.max() == 20.0


@pytest.mark.parametrize("areas", [None, ("3201", "0301")])
def test_a_total_is_of_one_area(areas):
    both = xr.concat([net_gains().assign_attrs(moves="gross")] * 2, xr.Variable("area", ["0301", "3201"]))
    edit = MigrationEdit(component="immigration", total={2026: 90.0}, because="x", areas=areas)
    scenario = Scenario(name="s", because="x", first_year=2026, last_year=2028, migration=[edit])
    with pytest.raises(SchemaError, match=r"the total of immigration is of 2 areas.*Write one edit for each area"):
        apply_edits(both, scenario)
    one = scenario.model_copy(update={"migration": (edit.model_copy(update={"areas": ("3201",)}),)})
    assert apply_edits(both, one).immigration.sel(area="3201").sum(["sex", "age"]).values.tolist() == [90.0, 90.0]
