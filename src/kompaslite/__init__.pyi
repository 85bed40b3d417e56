from kompaslite import housing, methods, plot
from kompaslite.accounts import Accounts, age_up, check_balance, imbalance, known_at
from kompaslite.assumptions import assume, fill_from, sources
from kompaslite.backtest import (
    backtest,
    empirical_intervals,
    excluded,
    interval_around,
    official_hindcasts,
    revisions,
    set_aside,
)
from kompaslite.datasets import load_example
from kompaslite.desk import Run, compare_scenarios, new_folder, run_scenario, write_run
from kompaslite.deviation import explain_deviation
from kompaslite.fertility import fit_fertility, total_fertility
from kompaslite.indicators import NOTE_AGE_GROUPS, age_groups, dependency_ratio, life_expectancy, mean_age, sex_ratio
from kompaslite.kernels import Convention, Engine
from kompaslite.methods import Method, Sources, combine, forecast_by, hold_to_total
from kompaslite.migration import fit_migration
from kompaslite.mortality import fit_mortality
from kompaslite.projection import project
from kompaslite.rates import graduate
from kompaslite.rates.credibility import shrink
from kompaslite.rates.credibility_net import shrink_net
from kompaslite.rates.lee_carter import LeeCarter, lee_carter
from kompaslite.rates.life_table import cohort_rates, life_table, survival_ratios
from kompaslite.rates.residual import residual_accounts
from kompaslite.rates.smoothing import smooth_rates
from kompaslite.readers import read_accounts, read_flows, read_jsonstat, read_population, recode_areas
from kompaslite.reconcile import reconcile, whole_persons
from kompaslite.report import NoteMaterial, forecast_from_note, material_from_accounts, write_forecast, write_note
from kompaslite.scenario import Scenario, Uncertainty, apply_edits, explain_scenario, read_scenario, side_by_side
from kompaslite.schema import BalanceError, KompasliteError, SchemaError
from kompaslite.scoring import Bootstrap, common, score, shelf_life, sum_groups, summed
from kompaslite.storage import load, save
from kompaslite.tables import components_table, deviation_table
from kompaslite.uncertainty import Futures, Reduce, fit_levels, lazy_population, project_summary, sample
from kompaslite.workbook import read_assumptions, write_workbook

__all__ = [
    "NOTE_AGE_GROUPS",
    "Accounts",
    "BalanceError",
    "Bootstrap",
    "Convention",
    "Engine",
    "Futures",
    "KompasliteError",
    "LeeCarter",
    "Method",
    "NoteMaterial",
    "Reduce",
    "Run",
    "Scenario",
    "SchemaError",
    "Sources",
    "Uncertainty",
    "age_groups",
    "age_up",
    "apply_edits",
    "assume",
    "backtest",
    "check_balance",
    "cohort_rates",
    "combine",
    "common",
    "compare_scenarios",
    "components_table",
    "dependency_ratio",
    "deviation_table",
    "empirical_intervals",
    "excluded",
    "explain_deviation",
    "explain_scenario",
    "fill_from",
    "fit_fertility",
    "fit_levels",
    "fit_migration",
    "fit_mortality",
    "forecast_by",
    "forecast_from_note",
    "graduate",
    "hold_to_total",
    "housing",
    "imbalance",
    "interval_around",
    "known_at",
    "lazy_population",
    "lee_carter",
    "life_expectancy",
    "life_table",
    "load",
    "load_example",
    "material_from_accounts",
    "mean_age",
    "methods",
    "new_folder",
    "official_hindcasts",
    "plot",
    "project",
    "project_summary",
    "read_accounts",
    "read_assumptions",
    "read_flows",
    "read_jsonstat",
    "read_population",
    "read_scenario",
    "recode_areas",
    "reconcile",
    "residual_accounts",
    "revisions",
    "run_scenario",
    "sample",
    "save",
    "score",
    "set_aside",
    "sex_ratio",
    "shelf_life",
    "shrink",
    "shrink_net",
    "side_by_side",
    "smooth_rates",
    "sources",
    "sum_groups",
    "summed",
    "survival_ratios",
    "total_fertility",
    "whole_persons",
    "write_forecast",
    "write_note",
    "write_run",
    "write_workbook",
]
