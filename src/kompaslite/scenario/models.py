"""What a scenario file may say. Every edit says why, and a key that is not known is an error."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from kompaslite._checked import CheckedModel, Code, Flag, NotNegative, Number, Text, Whole, Year
from kompaslite._toml import Origin, Place
from kompaslite.schema import KompasliteError, SchemaError
from kompaslite.schema.display import html_form, text_form

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


class _Strict(CheckedModel):
    raised: ClassVar[type[KompasliteError]] = ScenarioError
    called: ClassVar[str] = "the scenario"


class Edit(_Strict):
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


class Uncertainty(_Strict):
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


class Outputs(_Strict):
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


class Scenario(_Strict):
    """A named set of edits.

    Parameters
    ----------
    name : str
        Short name, the label along the dimension ``scenario``.
    because : str
        Why the scenario exists.
    data : str
        Name of an example, or a folder with tables, beside the scenario file.
    first_year, last_year : int
        Jump-off year, and the last year on whose 1 January there is a population.
    base : str, optional
        Scenario file from which all that is not said here is taken; lists of edits are added to those of the base.
    title : str, optional
        For headings; the name if absent.
    assumptions : str, optional
        Workbook of an earlier run, beside the scenario file, whose sheets of assumptions, edited or not, take the
        place of those that the history gives.
    fertility, mortality, migration, in_migration : sequence
        Edits, applied in this order.
    housing : HousingPlan, optional
        The housing programme.
    uncertainty, outputs
        See there.

    Examples
    --------
    >>> Scenario(name="low", because="What if fewer come?", first_year=2026, last_year=2030).years
    (2026, 2027, 2028, 2029)
    """

    name: Text
    because: Text
    first_year: Year
    last_year: Year
    data: Text = "baerum"
    base: Text | None = None
    title: Text | None = None
    assumptions: Text | None = None
    fertility: tuple[FertilityEdit, ...] = ()
    mortality: tuple[MortalityEdit, ...] = ()
    migration: tuple[MigrationEdit, ...] = ()
    in_migration: tuple[InMigrationRule, ...] = ()
    housing: HousingPlan | None = None
    uncertainty: Uncertainty = Uncertainty()
    outputs: Outputs = Outputs()
    _origin: Origin | None = PrivateAttr(default=None)

    def __repr__(self) -> str:
        return text_form("Scenario", self._facts())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return html_form("Scenario", self._facts())

    def _facts(self) -> dict[str, str]:
        """What it is, and how many edits of each kind it has."""
        edits = {
            kind: str(len(getattr(self, kind)))
            for kind in ("fertility", "mortality", "migration", "in_migration")
            if getattr(self, kind)
        }
        plan = {} if self.housing is None else {"housing": self.housing.programme}
        span = f"{self.first_year}-{self.last_year}"
        return {"name": self.name, "because": self.because, "data": self.data, "years": span} | edits | plan

    def read_from(self, origin: Origin) -> "Scenario":
        """The same scenario, which knows its files and lines."""
        known = self.model_copy()
        known._origin = origin
        return known

    @contextmanager
    def at(self, *place: int | str) -> Iterator[None]:
        """Let an error that is raised inside name the line of the scenario's file that leads to it.

        Parameters
        ----------
        *place : int or str
            Keys and positions from the top of the scenario, such as ``"fertility", 0, "areas"``. Where the scenario
            has no file, or the file does not say this, the error stays as it is.
        """
        try:
            yield
        except KompasliteError as error:
            where = None if self._origin is None else self._origin.found(place)
            if where and ", line " not in str(error).split(":", maxsplit=1)[0]:
                error.args = (f"{where}: {error}", *error.args[1:])
            raise

    @property
    def years(self) -> tuple[int, ...]:
        """Flow years of the forecast."""
        return tuple(range(self.first_year, self.last_year))

    @model_validator(mode="after")
    def _whole(self) -> "Scenario":
        if self.first_year >= self.last_year:
            words = f"last_year {self.last_year} is not after first_year {self.first_year}"
            raise problem_at(("last_year",), words)
        for place, year in self._dates():
            if not self.first_year <= year <= self.last_year:
                raise problem_at(
                    place,
                    f"year {year} is outside the horizon, {self.first_year} to {self.last_year}; move the date or the "
                    "horizon",
                )
        self._check_two_rules()
        return self

    def _dates(self) -> list[tuple[Place, int]]:
        found: list[tuple[Place, int]] = []
        for i, fertility in enumerate(self.fertility):
            found += [(("fertility", i, "tfr"), year) for year in fertility.tfr]
        for i, mortality in enumerate(self.mortality):
            found += [(("mortality", i, "life_expectancy"), year) for year in mortality.life_expectancy]
        for i, edit in enumerate(self.migration):
            dated: Mapping[int, float] = edit.total or edit.factor or {}
            found += [(("migration", i, "total" if edit.total else "factor"), year) for year in dated]
        for i, rule in enumerate(self.in_migration):
            found += [(("in_migration", i, "first_year"), rule.first_year)]
            found += [(("in_migration", i, "last_year"), rule.last_year)]
            found += [(("in_migration", i, "persons"), year) for year in rule.persons or {}]
        return found

    def _check_two_rules(self) -> None:
        for kind, edits in (("fertility", self.fertility), ("mortality", self.mortality)):
            _check_apart(kind, kind, {i: (edit.areas, (0, 999)) for i, edit in enumerate(edits)})
        for component in {edit.component for edit in self.migration}:
            same = {i: edit for i, edit in enumerate(self.migration) if edit.component == component}
            claims = {i: (edit.areas, edit.ages or (0, 999)) for i, edit in same.items()}
            _check_apart("migration", f"migration of {component}", claims)
        for totals in (False, True):  # a control total stands beside the other ways
            rules = {i: r for i, r in enumerate(self.in_migration) if (r.way == "control total") == totals}
            spans = {i: (rule.areas, (rule.first_year, rule.last_year)) for i, rule in rules.items()}
            _check_apart("in_migration", "in_migration", spans)


def problem_at(place: Place, words: str) -> PydanticCustomError:
    """An error of a whole scenario that knows which key it is about."""
    return PydanticCustomError("of_the_whole", "{words}", {"words": words, "place": place})


def _check_apart(key: str, what: str, claims: Mapping[int, tuple[Sequence[str] | None, tuple[int, int]]]) -> None:
    """Two rules for one cell are an error, because their order would decide."""
    earlier: list[tuple[Sequence[str] | None, tuple[int, int]]] = []
    for i, (areas, (first, last)) in claims.items():
        for others, (begin, end) in earlier:
            shared = areas is None or others is None or bool(set(areas) & set(others))
            if shared and first <= end and begin <= last:
                where = sorted(set(areas or others or ()) & set(others or areas or ())) or ["all areas"]
                raise problem_at(
                    (key, i),
                    f"two rules for one cell: {what} is edited twice for {where[0]}; join them, or separate them by "
                    "areas, ages or years",
                )
        earlier.append((areas, (first, last)))
