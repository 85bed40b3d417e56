"""The planner's desk: a scenario file in, a forecast with its tables, workbook and note out; and the command line."""

from kompaslite.app.cli import run
from kompaslite.app.compare import compare_scenarios
from kompaslite.app.runs import Run, run_scenario
from kompaslite.app.starter import new_folder
from kompaslite.app.write import write_run

__all__ = [
    "Run",
    "compare_scenarios",
    "new_folder",
    "run",
    "run_scenario",
    "write_run",
]
