"""The public names, and what importing the package costs: nothing optional."""

import ast
import inspect
import json
import os
import subprocess
import sys
import typing
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import cloudpickle
import pytest

import kompaslite as kl
from kompaslite.datasets import MunicipalityData

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


def public_functions():
    """Every function that a room of the package hands on, by room and name."""
    rooms = [getattr(kl, name) for name in PUBLIC.split() if isinstance(getattr(kl, name), ModuleType)]
    return {(room.__name__, name): getattr(room, name) for room in rooms for name in room.__all__}


def ours(hint):
    """Classes of the library that an annotation is made of."""
    if isinstance(hint, type) and hint.__module__.startswith("kompaslite"):
        yield hint
    for part in typing.get_args(hint):
        yield from ours(part)


def test_every_public_function_has_an_example():
    functions = {key: made for key, made in public_functions().items() if inspect.isfunction(made)}
    assert [key for key, made in functions.items() if ">>>" not in (made.__doc__ or "")] == []


def test_types_that_public_functions_take_or_return_are_public():
    made = public_functions()
    known = [*made.values(), *(getattr(kl, name) for name in kl.__all__), MunicipalityData]
    charts = {"Axes": object}  # of an optional library, so that it is annotated as text
    missing = {
        f"{kind.__module__}.{kind.__name__} of {room}.{name}"
        for (room, name), function in made.items()
        if inspect.isfunction(function)
        for hint in typing.get_type_hints(function, localns=charts).values()
        for kind in ours(hint)
        if not any(kind is one for one in known)
    }
    assert missing == set()
