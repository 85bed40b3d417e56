"""Dwellings and people: programmes, vacancy chains, moving generations, and households that fit the stock."""

from kompaslite.housing.data.building import build, programme_draws, programme_table
from kompaslite.housing.data.districts import couple_zones, with_residue
from kompaslite.housing.data.dwellings import Dwellings, check_dwellings, roll_stock, standing_still
from kompaslite.housing.data.headship import (
    default_headship,
    default_lives_alone,
    default_releases,
    fit_headship,
    households_of,
    private_persons,
)
from kompaslite.housing.data.occupancy import default_occupancy, fit_occupancy, occupancy_from_stock
from kompaslite.housing.data.programme import Programme, Project, programme_from, read_programme
from kompaslite.housing.explain import explain_housing, first_in_movers, housing_yield, plan_deviation
from kompaslite.housing.labels import GENERATIONS, HousingError
from kompaslite.housing.market.additionality import (
    ADDITIONALITY,
    Estimate,
    PanelFit,
    additionality_draws,
    fit_additionality,
    mean_and_interval,
    pert_draws,
)
from kompaslite.housing.market.calibrate import market_from_vacated, released_dwellings, trend_openings
from kompaslite.housing.market.chains import movers, vacancy_chain
from kompaslite.housing.market.market import check_market, even_market, multiplier
from kompaslite.housing.run.closing import close_households, close_population
from kompaslite.housing.run.driver import project_with_housing
from kompaslite.housing.run.record import HousingRecord
from kompaslite.housing.run.setup import Given, Housing, HousingModel

__all__ = [
    "ADDITIONALITY",
    "GENERATIONS",
    "Dwellings",
    "Estimate",
    "Given",
    "Housing",
    "HousingError",
    "HousingModel",
    "HousingRecord",
    "PanelFit",
    "Programme",
    "Project",
    "additionality_draws",
    "build",
    "check_dwellings",
    "check_market",
    "close_households",
    "close_population",
    "couple_zones",
    "default_headship",
    "default_lives_alone",
    "default_occupancy",
    "default_releases",
    "even_market",
    "explain_housing",
    "first_in_movers",
    "fit_additionality",
    "fit_headship",
    "fit_occupancy",
    "households_of",
    "housing_yield",
    "market_from_vacated",
    "mean_and_interval",
    "movers",
    "multiplier",
    "occupancy_from_stock",
    "pert_draws",
    "plan_deviation",
    "private_persons",
    "programme_draws",
    "programme_from",
    "programme_table",
    "project_with_housing",
    "read_programme",
    "released_dwellings",
    "roll_stock",
    "standing_still",
    "trend_openings",
    "vacancy_chain",
    "with_residue",
]
