"""The tables of a scenario file. Every edit says why, and a key that is not known is an error."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from kompaslite._checked import CheckedModel, Code, Flag, NotNegative, Number, Text, Whole, Year
from kompaslite.schema import KompasliteError, SchemaError

#: A larger factor is per cent.
_HIGHEST_FACTOR = 10.0


class ScenarioError(SchemaError):
    """A scenario says something that is not possible."""


def _no_per_cent(factor: float) -> float:
    if factor > _HIGHEST_FACTOR:
        raise ValueError(f"{factor:g} times is too much for a factor; write {factor / 100.0:g} for {factor:g} per cent")
    return factor


Factor = Annotated[NotNegative, AfterValidator(_no_per_cent)]
LifeYears = Annotated[Number, Field(gt=20, lt=120)]
Age = Annotated[Whole, Field(ge=0, le=130)]
Migration = Literal["in_migration", "out_migration", "immigration", "emigration", "net_migration"]
#: Components that are persons per year; the others are rates.
COUNTS: tuple[str, ...] = ("in_migration", "immigration", "net_migration")


class Strict(CheckedModel):
    """A table whose mistakes are told as those of a scenario."""

    raised: ClassVar[type[KompasliteError]] = ScenarioError
    called: ClassVar[str] = "the scenario"


class Edit(Strict):
    """What all edits share.

    Parameters
    ----------
    because : str
        Why: a decision, a source, an argument.
    areas : sequence of str, optional
        Codes, as text, of the areas or zones that are edited; all of them if absent.
    """

    because: Text
    areas: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _once(self) -> "Edit":
        double = sorted({area for area in self.areas or () if (self.areas or ()).count(area) > 1})
        if double:
            raise ValueError(f"area {double[0]} stands twice in areas; name it once")
        return self


class FertilityEdit(Edit):
    """Births per woman.

    Parameters
    ----------
    tfr : mapping of year to number
        Total fertility rate at dates, linear between them, level after the last.
    """

    tfr: Annotated[dict[Year, Annotated[Number, Field(gt=0.0, le=10.0)]], Field(min_length=1)]


class MortalityEdit(Edit):
    """Length of life.

    Parameters
    ----------
    life_expectancy : mapping of year to number or to a table with female and male
        Years of life at birth at dates, linear between them, level after the last.
    """

    life_expectancy: Annotated[
        dict[Year, LifeYears | Annotated[dict[Literal["female", "male"], LifeYears], Field(min_length=1)]],
        Field(min_length=1),
    ]


class MigrationEdit(Edit):
    """One component of migration.

    Parameters
    ----------
    component : str
        ``in_migration``, ``out_migration``, ``immigration``, ``emigration`` or ``net_migration``.
    total : mapping of year to number
        Persons per year at dates; for components that are counts.
    factor : mapping of year to number
        What the baseline is multiplied by, at dates; before the first date it is that of the first date.
    ages : pair of int
        First and last age reached, both included, to which a factor applies.
    """

    component: Migration
    total: dict[Year, Number] | None = None
    factor: dict[Year, Factor] | None = None
    ages: tuple[Age, Age] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "MigrationEdit":
        if (self.total is None) == (self.factor is None) or not (self.total or self.factor):
            raise ValueError("give either total (persons per year) or factor, with at least one year")
        if self.total is not None and self.component not in COUNTS:
            raise ValueError(f"{self.component} is a rate, so its total depends on the people there: give factor")
        if self.total is not None and self.ages is not None:
            raise ValueError("a total is of all ages: give factor, or leave ages out")
        if self.ages is not None and self.ages[0] > self.ages[1]:
            raise ValueError(f"ages run from {self.ages[0]} down to {self.ages[1]}: turn them round")
        return self


class InMigrationRule(Edit):
    """How in-migration is set, for some areas and years.

    Parameters
    ----------
    way : {"housing", "given in-movers", "given population", "control total"}
        From dwellings, as a number of in-movers, or so that a population is reached; or a control total, which people
        sum to while households follow the dwellings too.
    first_year, last_year : int
        Flow years to which it applies, both included.
    persons : mapping of year to number, optional
        In-movers per year, or the population on 1 January after the year; linear between dates. Not for housing.
        A population is of each area; a control total is of all areas together where the rule has no `areas`.
    """

    way: Literal["housing", "given in-movers", "given population", "control total"]
    first_year: Year
    last_year: Year
    persons: dict[Year, NotNegative] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "InMigrationRule":
        if self.first_year > self.last_year:
            raise ValueError(f"first_year {self.first_year} is after last_year {self.last_year}: turn them round")
        if (self.way == "housing") == bool(self.persons):
            raise ValueError(
                "give persons by year for given in-movers, given population and control total, and not for housing"
            )
        return self


class HousingPlan(Edit):
    """The housing programme.

    Parameters
    ----------
    programme : str
        File of the programme, beside the scenario file: TOML or a workbook.
    reference : str, optional
        File of the programme that the trend of migration goes with; without it the stock of the first year stays as
        it is.
    realisation : float
        Factor on every project's share that is built.
    delay : float
        Years by which every project comes later.
    pass_through : float
        From 0, dwellings beyond the reference act through vacancy chains alone, to 1, households fit the stock.
    additionality : float, optional
        Persons who come because of a dwelling, per person whom the accounts of the stock give; the default is the
        library's.
    """

    programme: Text
    reference: Text | None = None
    realisation: Annotated[Number, Field(gt=0.0, le=2.0)] = 1.0
    delay: Annotated[Number, Field(ge=0.0, le=20.0)] = 0.0
    pass_through: Annotated[Number, Field(ge=0.0, le=1.0)] = 0.0
    additionality: Annotated[Number, Field(ge=0.0, le=1.0)] | None = None


class Uncertainty(Strict):
    """Whether and how futures are drawn.

    Parameters
    ----------
    draws : int
        Number of futures; 0 for one line with empirical intervals.
    seed : int
        Two runs with the same seed draw the same futures.
    """

    draws: Annotated[Whole, Field(ge=0, le=100_000)] = 0
    seed: Annotated[Whole, Field(ge=0)] = 1


class Outputs(Strict):
    """What a run writes.

    Parameters
    ----------
    groups : mapping of name to ages
        Own age groups beside those of the note, ``{primary = [6, 12]}``.
    language : {"nb", "en"}
        Of the note.
    place : str, optional
        Name of the municipality in the note; that of the example or of the folder of the data if absent.
    area : str, optional
        Code, as text, of the area that the note is of; all areas together if absent.
    workbook, note, tables : bool
        Which files are made.
    pdf : bool
        Whether the note is made as a PDF too.
    """

    groups: dict[Text, tuple[Age, Age]] = Field(default_factory=dict)
    language: Literal["nb", "en"] = "nb"
    place: Text | None = None
    area: Code | None = None
    workbook: Flag = True
    note: Flag = True
    tables: Flag = True
    pdf: Flag = False
