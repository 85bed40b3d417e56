from . import (
    accounts,
    assumptions,
    evaluation,
    housing,
    methods,
    plot,
    rates,
    readers,
    report,
    scenario,
    statbank,
    storage,
    uncertainty,
)
from .accounts import Accounts, check_balance, known_at
from .app import Run, compare_scenarios, new_folder, run_scenario, write_run
from .assumptions import assume
from .datasets import load_example
from .engine import Convention, Engine, project
from .evaluation import backtest, deviation_table, explain_deviation, score
from .housing import project_with_housing
from .methods import Sources
from .rates import age_groups, fit_fertility, fit_migration, fit_mortality
from .readers import read_accounts, read_population
from .report import write_note
from .scenario import Scenario
from .schema import KompasliteError, SchemaError
from .storage import load, save, write_workbook
from .uncertainty import project_summary

__all__ = [
    "Accounts",
    "Convention",
    "Engine",
    "KompasliteError",
    "Run",
    "Scenario",
    "SchemaError",
    "Sources",
    "accounts",
    "age_groups",
    "assume",
    "assumptions",
    "backtest",
    "check_balance",
    "compare_scenarios",
    "deviation_table",
    "evaluation",
    "explain_deviation",
    "fit_fertility",
    "fit_migration",
    "fit_mortality",
    "housing",
    "known_at",
    "load",
    "load_example",
    "methods",
    "new_folder",
    "plot",
    "project",
    "project_summary",
    "project_with_housing",
    "rates",
    "read_accounts",
    "read_population",
    "readers",
    "report",
    "run_scenario",
    "save",
    "scenario",
    "score",
    "statbank",
    "storage",
    "uncertainty",
    "write_note",
    "write_run",
    "write_workbook",
]
