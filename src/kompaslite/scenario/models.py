"""A scenario: a named set of edits, checked as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pydantic import PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from kompaslite._checked import Text, Year
from kompaslite._toml import Origin, Place
from kompaslite.scenario.tables import (
    FertilityEdit,
    HousingPlan,
    InMigrationRule,
    MigrationEdit,
    MortalityEdit,
    Outputs,
    Strict,
    Uncertainty,
)
from kompaslite.schema import KompasliteError
from kompaslite.schema.display import html_form, text_form


class Scenario(Strict):
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
