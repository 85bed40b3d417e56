"""The public names, and what importing the package costs: nothing optional."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import kompaslite as kl

EXTRAS = (
    "matplotlib", "jinja2", "great_tables", "typer", "rich", "xlsxwriter", "python_calamine", "h5netcdf",
    "weasyprint", "pxweb", "numba", "dask", "distributed", "zarr",
)  # fmt: skip

#: Every public name. A change here is a change of what users may rely on: say so in the changelog.
PUBLIC = """
Accounts BalanceError Bootstrap Convention Engine Futures KompasliteError LeeCarter Method NOTE_AGE_GROUPS
NoteMaterial Reduce Run Scenario SchemaError Sources Uncertainty age_groups age_up apply_edits assume backtest
check_balance cohort_rates combine common compare_scenarios components_table dependency_ratio deviation_table
empirical_intervals excluded explain_deviation explain_scenario fill_from fit_fertility fit_levels fit_migration
fit_mortality forecast_by forecast_from_note graduate hold_to_total housing imbalance interval_around known_at
lazy_population lee_carter life_expectancy life_table load load_example material_from_accounts mean_age methods
new_folder official_hindcasts plot project project_summary read_accounts read_assumptions read_flows read_jsonstat
read_population read_scenario recode_areas reconcile residual_accounts revisions run_scenario sample save score
set_aside sex_ratio shelf_life shrink shrink_net side_by_side smooth_rates sources sum_groups summed survival_ratios
total_fertility whole_persons write_forecast write_note write_run write_workbook
"""


def test_the_public_names_are_these():
    assert sorted(kl.__all__) == sorted(PUBLIC.split())


@pytest.mark.parametrize("name", PUBLIC.split())
def test_every_public_name_is_documented(name):
    doc = "an alias, said in its room" if name in ("NOTE_AGE_GROUPS", "Method") else getattr(kl, name).__doc__
    assert doc
    assert doc.strip()


def test_importing_the_package_imports_no_extra():
    code = "import json, sys, kompaslite; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert [name for name in EXTRAS if name in loaded] == []


def test_importing_the_package_imports_no_other_library_and_names_come_at_first_use():
    code = (
        "import json, sys, kompaslite as kl\n"
        "heavy = sorted({'numpy', 'pandas', 'xarray', 'scipy', 'pydantic'} & set(sys.modules))\n"
        "import kompaslite.backtest.rolling, kompaslite.reconcile\n"
        "print(json.dumps([heavy, kl.backtest.__name__, callable(kl.backtest), callable(kl.reconcile), "
        "type(kl.plot).__name__, type(kl.housing).__name__, sorted(set(kl.__all__) - set(dir(kl)))]))"
    )
    done = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert done == [[], "backtest", True, True, "module", "module", []]


def test_the_stub_and_the_package_hand_on_the_same_names():
    stub = ast.parse((Path(kl.__file__).with_suffix(".pyi")).read_text(encoding="utf-8"))
    listed = [ast.literal_eval(line.value) for line in stub.body if isinstance(line, ast.Assign)]
    assert sorted(listed[0]) == sorted(kl.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'kompaslite' has no attribute 'forecats'"):
        _ = kl.forecats
