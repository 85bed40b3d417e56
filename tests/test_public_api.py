"""The public names, and what importing the package costs: nothing optional."""

import ast
import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import cloudpickle
import pytest

import kompaslite as kl

EXTRAS = (
    "matplotlib", "jinja2", "great_tables", "typer", "rich", "xlsxwriter", "python_calamine", "h5netcdf",
    "weasyprint", "pxweb", "numba", "dask", "distributed", "zarr",
)  # fmt: skip

#: Every public name. A change here is a change of what users may rely on: say so in the changelog.
PUBLIC = """
Accounts Convention Engine KompasliteError Run Scenario SchemaError Sources accounts age_groups assume
assumptions backtest check_balance compare_scenarios deviation_table evaluation explain_deviation
fit_fertility fit_migration fit_mortality housing known_at load load_example methods new_folder plot project
project_summary project_with_housing rates read_accounts read_population readers report run_scenario save
scenario score statbank storage uncertainty write_note write_run write_workbook
"""


def test_the_public_names_are_these():
    assert sorted(kl.__all__) == sorted(PUBLIC.split())


@pytest.mark.parametrize("name", PUBLIC.split())
def test_every_public_name_is_documented(name):
    doc = getattr(kl, name).__doc__
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
        "missing = sorted(set(kl.__all__) - set(dir(kl)))\n"
        "print(json.dumps([heavy, missing, callable(kl.backtest), type(kl.plot).__name__, kl.__version__]))"
    )
    done = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert done == [[], [], True, "module", version("kompaslite")]


def test_every_name_can_be_had_at_once():
    done = subprocess.run(
        [sys.executable, "-c", "import kompaslite"], env=os.environ | {"EAGER_IMPORT": "1"}, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("room", [name for name in PUBLIC.split() if isinstance(getattr(kl, name), ModuleType)])
def test_a_room_can_be_imported_by_its_name(room):
    assert import_module(f"kompaslite.{room}") is getattr(kl, room)


def test_functions_of_a_notebook_can_be_sent_to_workers():
    made: dict = {"kl": kl}
    exec("def years(accounts):\n    return kl.check_balance(accounts).years", made)
    assert cloudpickle.loads(cloudpickle.dumps(made["years"])) is not None


def test_the_stub_and_the_package_hand_on_the_same_names():
    stub = ast.parse((Path(kl.__file__).with_suffix(".pyi")).read_text(encoding="utf-8"))
    listed = [ast.literal_eval(line.value) for line in stub.body if isinstance(line, ast.Assign)]
    assert sorted(listed[0]) == sorted(kl.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="forecats"):
        _ = kl.forecats
