"""Scenarios: named, dated edits of assumptions, each with its reason, read from TOML."""

from kompaslite.scenario.edits import apply_edits, side_by_side
from kompaslite.scenario.models import Scenario
from kompaslite.scenario.reading import read_scenario, scenario_from
from kompaslite.scenario.tables import (
    FertilityEdit,
    HousingPlan,
    InMigrationRule,
    MigrationEdit,
    MortalityEdit,
    Outputs,
    ScenarioError,
    Uncertainty,
)
from kompaslite.scenario.words import explain_scenario

__all__ = [
    "FertilityEdit",
    "HousingPlan",
    "InMigrationRule",
    "MigrationEdit",
    "MortalityEdit",
    "Outputs",
    "Scenario",
    "ScenarioError",
    "Uncertainty",
    "apply_edits",
    "explain_scenario",
    "read_scenario",
    "scenario_from",
    "side_by_side",
]
