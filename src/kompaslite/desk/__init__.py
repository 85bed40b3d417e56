"""The planner's desk: a scenario file in, a forecast with its tables, workbook and note out."""

from kompaslite.desk.compare import compare_scenarios
from kompaslite.desk.material import Material, load_material
from kompaslite.desk.run import Run, run_scenario
from kompaslite.desk.starter import new_folder
from kompaslite.desk.write import write_run

__all__ = ["Material", "Run", "compare_scenarios", "load_material", "new_folder", "run_scenario", "write_run"]
