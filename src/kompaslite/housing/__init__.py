"""Dwellings and people: programmes, vacancy chains, moving generations, and households that fit the stock."""

from kompaslite.housing.data.building import build, programme_draws, programme_table
from kompaslite.housing.data.defaults import (
    ADDITIONALITY,
    default_headship,
    default_lives_alone,
    default_occupancy,
    default_releases,
)
from kompaslite.housing.data.districts import couple_zones, with_residue
from kompaslite.housing.data.dwellings import Dwellings, check_dwellings, roll_stock
from kompaslite.housing.data.given import Given
from kompaslite.housing.data.headship import fit_headship, households_of, private_persons
from kompaslite.housing.data.occupancy import fit_occupancy, occupancy_from_stock
from kompaslite.housing.data.programme import Programme, Project, programme_from, read_programme
from kompaslite.housing.explain import explain_housing, first_in_movers
from kompaslite.housing.labels import GENERATIONS, HousingError
from kompaslite.housing.market.additionality import Estimate, PanelFit, fit_additionality, housing_yield
from kompaslite.housing.market.calibrate import market_from_vacated, released_dwellings, trend_openings
from kompaslite.housing.market.chains import movers, vacancy_chain
from kompaslite.housing.market.draws import additionality_draws, interval, pert_draws
from kompaslite.housing.market.market import check_market, even_market, multiplier
from kompaslite.housing.plan import plan_deviation
from kompaslite.housing.run.closing import close_households, close_population
from kompaslite.housing.run.drive import HousingDriver, standing_still
from kompaslite.housing.run.model import HousingModel

__all__ = [
    "ADDITIONALITY",
    "GENERATIONS",
    "Dwellings",
    "Estimate",
    "Given",
    "HousingDriver",
    "HousingError",
    "HousingModel",
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
    "interval",
    "market_from_vacated",
    "movers",
    "multiplier",
    "occupancy_from_stock",
    "pert_draws",
    "plan_deviation",
    "private_persons",
    "programme_draws",
    "programme_from",
    "programme_table",
    "read_programme",
    "released_dwellings",
    "roll_stock",
    "standing_still",
    "trend_openings",
    "vacancy_chain",
    "with_residue",
]
