"""The field's words, one for one, in both languages."""

from kompaslite.schema import SchemaError
from kompaslite.text.numbers import Language, check_language

_TERMS: dict[str, tuple[str, str]] = {
    "age_group": ("Aldersgruppe", "Age group"),
    "start": ("Ved start", "At the start"),
    "actual": ("Faktisk", "Actual"),
    "growth": ("Vekst", "Growth"),
    "forecast": ("Prognose", "Forecast"),
    "deviation": ("Avvik", "Deviation"),
    "total": ("Sum", "Total"),
    "year": ("År", "Year"),
    "quarter": ("Kvartal", "Quarter"),
    "natural_increase": ("Fødselsoverskudd", "Natural increase"),
    "net_immigration": ("Netto innvandring", "Net immigration"),
    "net_in_migration": ("Netto innflytting", "Net in-migration"),
    "net_migration": ("Nettoflytting", "Net migration"),
    "net_moves": ("Interne flyttinger", "Internal moves"),
    "adjustment": ("Registerkorreksjon", "Adjustment"),
    "fertility": ("Fruktbarhet", "Fertility"),
    "mortality": ("Dødelighet", "Mortality"),
    "births": ("Fødte", "Births"),
    "deaths": ("Døde", "Deaths"),
    "in_migration": ("Innflytting", "In-migration"),
    "out_migration": ("Utflytting", "Out-migration"),
    "immigration": ("Innvandring", "Immigration"),
    "emigration": ("Utvandring", "Emigration"),
    "jump_off": ("Utgangsbefolkning", "Jump-off population"),
    "plan": ("Boligplan", "Housing plan"),
    "migration": ("Flytting", "Migration"),
    "planned": ("Planlagt", "Planned"),
    "expected": ("Forventet", "Expected"),
    "completed": ("Fullført", "Completed"),
    "vacated": ("Ledigstilt", "Vacated"),
    "dwellings": ("Boliger", "Dwellings"),
    "population": ("Befolkning", "Population"),
    "persons": ("Personer", "Persons"),
    "women": ("Kvinner", "Women"),
    "men": ("Menn", "Men"),
    "age": ("Alder", "Age"),
    "years_old": ("år", "years"),
    "interval": ("Intervall", "Interval"),
    "source": ("Kilde", "Source"),
    "modelled": ("modellert", "modelled"),
    "table": ("Tabell", "Table"),
    "figure": ("Figur", "Figure"),
    "observed": ("Observert", "Observed"),
    "on_1_january": ("1. januar", "1 January"),
    "age_years": ("Alder, år", "Age, years"),
    "persons_per_year": ("Personer per år", "Persons per year"),
    "persons_per_quarter": ("Personer per kvartal", "Persons per quarter"),
    "dwellings_per_year": ("Boliger per år", "Dwellings per year"),
    "deviation_persons": ("Avvik, personer", "Deviation, persons"),
    "growth_percent": ("Vekst, prosent per år", "Growth, per cent per year"),
    "rate": ("Rate", "Rate"),
    "rate_per_year": ("Rate per år", "Rate per year"),
    "scenario": ("Scenario", "Scenario"),
    "low": ("Nedre", "Low"),
    "high": ("Øvre", "High"),
    "vacated_expected": ("Ledigstilt, prognose", "Vacated, forecast"),
    "unexplained": ("Ikke forklart", "Not explained"),
    "error": ("Feil", "Error"),
    "origin": ("Laget fra 1. januar", "Made from 1 January"),
}


def term(name: str, language: Language) -> str:
    """A word of the field."""
    check_language(language)
    if name not in _TERMS:
        raise SchemaError(f"term: {name!r} has no translation. Add it to the terms of kompaslite.text.")
    return _TERMS[name][0 if language == "nb" else 1]
