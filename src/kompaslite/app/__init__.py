"""The planner's desk: a scenario file in, a forecast with its tables, workbook and note out; and the command line."""

from kompaslite.app.compare import compare_scenarios
from kompaslite.app.material import Material, load_material
from kompaslite.app.run import Run, run_scenario
from kompaslite.app.starter import new_folder
from kompaslite.app.write import write_run

__all__ = [
    "Material",
    "Run",
    "compare_scenarios",
    "load_material",
    "new_folder",
    "run_scenario",
    "write_run",
]
