"""Which column of a table holds what: a small declared mapping, and the names that are known without one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from kompaslite.readers.figures import moment_of, plain, without_moment
from kompaslite.readers.grid import RawTable
from kompaslite.readers.labels import AGE_GROUP, NEXT_YEAR, Code, Declared, is_total, understand
from kompaslite.schema import FLOWS, SchemaError, short_list

#: Dimensions that a table may carry, in the order of the library.
TABLE_DIMS: tuple[str, ...] = ("area", "sex", "age", "year")
_ROLES = (*TABLE_DIMS, "value", "component", "estimated", "measure")

_NAMES: dict[str, tuple[str, ...]] = {
    "area": (
        *("area", "area code", "area_code", "municipality_code", "municipality code", "kommunenummer", "kommunenr"),
        *("kommune nr", "komm.nr", "knr", "region_code", "regionkode", "district_code", "zone_code", "sonekode"),
        *("code_original", "region", "kommune", "municipality", "zone", "sone", "bydel", "district"),
    ),
    "sex": ("sex", "kjønn", "kjonn", "gender", "kön", "kon", "køn", "geschlecht"),
    "age": ("age", "alder", "age_group", "age group", "aldersgruppe", "aldersgrupper", "ålder", "alter"),
    "year": ("year", "år", "aar", "tid", "time", "time_period"),
    "value": (
        *("value", "population", "persons", "personer", "personer1", "folkemengde", "folketall", "befolkning"),
        *("innbyggere", "antall", "antall personer", "count", "obs_value"),
    ),
    "component": ("component", "komponent", "event", "hendelse", "flow"),
    "estimated": ("estimated", "anslått", "anslag", "obs_flag", "obs_status"),
    "measure": (
        *("statistikkvariabel", "contentscode", "contents", "unit", "units", "enhet", "måleenhet", "measure"),
        *("innhold", "unit_mult"),
    ),
}
_COMPONENTS: dict[str, tuple[str, ...]] = {
    "births": ("births", "live births", "fødte", "fodte", "levendefødte", "levende", "fodte2"),
    "deaths": ("deaths", "døde", "dode", "dødsfall", "dode3"),
    "in_migration": (
        *("in_migration", "in_migration_domestic", "in-migration", "innflytting", "innflyttinger", "tilflytting"),
        *("innenlandsk innflytting", "innflytting, innenlandsk", "tilflytting7"),
    ),
    "out_migration": (
        *("out_migration", "out_migration_domestic", "out-migration", "utflytting", "utflyttinger", "fraflytting"),
        *("innenlandsk utflytting", "utflytting, innenlandsk", "fraflytting8"),
    ),
    "immigration": ("immigration", "innvandring", "innvandring5"),
    "emigration": ("emigration", "utvandring", "utvandring6"),
    "net_migration": (
        *("net_migration", "net migration", "nettoinnflytting", "nettoflytting", "nettoinnflytting9"),
        *("nettoinnflytting, inkludert inn- og utvandring",),
    ),
    "adjustment": ("adjustment", "residual_adjustment", "justering", "korreksjon"),
}
_COMPONENT_OF = {name: component for component, names in _COMPONENTS.items() for name in names}
#: Names of a stock: a column of people, not of events.
_STOCKS = {"population", "folkemengde", "folketall", "befolkning", "innbyggere", "folkemengde 1. januar"}
_YEAR_IN_HEADER = re.compile(r"(?<![0-9])([12][0-9]{3})(?![0-9])")
_FOOTNOTE = re.compile(
    r"(?:\s*(?:\*+|[†‡¹²³⁴⁵⁶⁷⁸⁹⁰]+|\(\s*[0-9per*]\s*\)|\[[0-9a-z]\]"
    r"|(?:(?<![0-9])|(?<=(?<![0-9])[12][0-9]{3}))[0-9]\)))+$"
)
#: A unit in a header, which is looked at apart.
_UNIT = re.compile(r"\s*[(,]?\s*(?:in )?(?:thousands?|tusen|1[ .,]?000)(?: persons?| personer)?\)?$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; everything may be left out that the known names already say.

    Parameters
    ----------
    area, sex, age, year, value, component, estimated, measure : str, optional
        Header of the column. ``component`` names births, deaths and so on in a table with one event per row;
        ``estimated`` marks rows that are estimated; ``measure`` says what the figures are.
    components : mapping
        Header or label of the file to the component that it is, for example ``{"Fødte (K)": "births"}``.
    labels : mapping
        For each dimension, labels of the file and what they mean, for example ``{"area": {"Bærum": "3201"}}``.
    fixed : mapping
        For each dimension that the file does not carry, the label of all rows, for example ``{"area": "3201"}``; also
        the ``component`` that a table of one component holds.
    ignore : tuple of str
        Headers of columns that are not to be used.
    digits : int, optional
        Digits of an area code; a code that is one digit short then has its leading zero restored.
    decimal : {".", ","}, optional
        The decimal mark; the other mark then groups thousands.
    zeros : tuple of str
        Signs that mean zero in this table, for example ``("-",)``.
    fill_down : bool
        Whether a blank label repeats the label above it.
    tolerance : float
        Persons by which a published total may differ from the sum of its parts, where the agency rounds or adds noise;
        what differs is reported, and the parts are used.

    Examples
    --------
    >>> Columns(area="Kommunenr", value="Bosatte", decimal=",").area
    'Kommunenr'
    """

    area: str | None = None
    sex: str | None = None
    age: str | None = None
    year: str | None = None
    value: str | None = None
    component: str | None = None
    estimated: str | None = None
    measure: str | None = None
    components: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: MappingProxyType({}))
    fixed: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    ignore: tuple[str, ...] = ()
    digits: int | None = None
    decimal: str | None = None
    zeros: tuple[str, ...] = ()
    fill_down: bool = False
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        strange = [name for name in self.components.values() if name not in FLOWS]
        if strange:
            raise SchemaError(
                f"columns: unknown component {short_list(strange)}; they are {short_list(FLOWS, most=12)}."
            )
        fixed = self.fixed.get("component")
        if fixed is not None and fixed not in FLOWS:
            raise SchemaError(f"columns: unknown component {fixed!r}; they are {short_list(FLOWS, most=12)}.")
        surplus = [dim for dim in (*self.labels, *self.fixed) if dim not in (*TABLE_DIMS, "component")]
        if surplus:
            raise SchemaError(f"columns: unknown dimension {short_list(surplus)}; they are {short_list(TABLE_DIMS)}.")
        if self.decimal not in (None, ".", ","):
            raise SchemaError(f"columns: decimal is {self.decimal!r}. Give '.' or ','.")
        codes = [*self.labels.get("area", {}).values(), *([self.fixed["area"]] if "area" in self.fixed else [])]
        numbers = [code for code in codes if not isinstance(code, str)]
        if numbers:
            raise SchemaError(f"columns: the area {numbers[0]!r} is not text; 301 is not '0301'. Give codes in quotes.")


@dataclass(frozen=True, slots=True)
class Figures:
    """One column of figures, and what its header says of them."""

    header: str
    #: Dimension, or ``component``, to the label that the header gives; None where it is a total.
    labels: Mapping[str, str | int | None]
    #: What is told of the header.
    note: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Where everything is in one table."""

    #: Dimension to header, for the dimensions with a column of their own.
    dims: Mapping[str, str]
    #: Columns of figures; more than one in a wide table.
    figures: tuple[Figures, ...]
    component: str | None
    estimated: str | None
    measure: str | None
    unused: tuple[str, ...]
    #: Headers that look like those of the figures and are not understood.
    unclear: tuple[str, ...] = ()


def as_columns(columns: Columns | Mapping[str, object] | None) -> Columns:
    """The mapping as `Columns`, from a plain mapping too, its letters in one form."""
    if isinstance(columns, Columns):
        return replace(columns, **{item.name: _composed(getattr(columns, item.name)) for item in fields(Columns)})
    known = [item.name for item in fields(Columns)]
    unknown = [key for key in columns or {} if key not in known]
    if unknown:
        raise SchemaError(f"columns: unknown key {short_list(unknown)}; the keys are {short_list(known, most=20)}.")
    given: dict[str, Any] = dict(columns or {})
    for name in ("ignore", "zeros"):
        if name in given:
            given[name] = (given[name],) if isinstance(given[name], str) else tuple(given[name])
    return as_columns(Columns(**given))


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {_composed(key): _composed(item) for key, item in value.items()}
    return tuple(map(_composed, value)) if isinstance(value, tuple) else value


def column_roles(raw: RawTable, columns: Columns, *, flows: bool) -> ColumnRoles:
    """Where everything is in a table."""
    headers = list(raw.columns)
    taken = {role: _header_of(role, raw, columns) for role in _ROLES}
    dims = {dim: header for dim in TABLE_DIMS if (header := taken[dim])}
    used = [header for header in taken.values() if header]
    component = taken["component"]
    unclear: list[str] = []
    if (value := taken["value"]) is not None:
        name = component_of(value, columns) if flows and component is None else None
        figures: tuple[Figures, ...] = (Figures(value, {"component": name} if name else {}),)
    else:
        free = [header for header in headers if header not in used and header not in columns.ignore]
        figures, unclear = _across([_wide(header, dims, columns, flows=flows) for header in free])
    if flows and component is None and not any("component" in one.labels for one in figures):
        component = taken["measure"]
    named = {one.header for one in figures}
    unused = tuple(header for header in headers if header not in used and header not in named)
    return ColumnRoles(dims, figures, component, taken["estimated"], taken["measure"], unused, tuple(unclear))


def component_of(label: object, columns: Columns) -> str | None:
    """The component that a label or header names, or None."""
    declared = Declared(columns.components).meaning(label)
    if declared is not label:
        return str(declared)
    texts = (label, label.words) if isinstance(label, Code) else (label,)
    return next((found for text in texts if (found := _COMPONENT_OF.get(_bare(text)))), None)


def is_stock(label: object) -> bool:
    """Whether a label or header names a population rather than events in a year."""
    text = _bare(label.words if isinstance(label, Code) else label)
    return text in _STOCKS or text.startswith(("folkemengde", "befolkning", "population"))


def _bare(header: object) -> str:
    """A header in lower case without its footnote marks."""
    return _FOOTNOTE.sub("", plain(header))


def _header_of(role: str, raw: RawTable, columns: Columns) -> str | None:
    declared = getattr(columns, role)
    if declared is not None:
        return str(declared)
    if role in columns.fixed:
        return None
    free = [header for header in raw.columns if header not in columns.ignore]
    names = {_bare(name): header for header in reversed(free) for name in reversed(raw.names.get(header, ()))}
    names |= {_bare(header): header for header in free}
    if role == "value":
        names = {without_moment(_UNIT.sub("", name)): header for name, header in names.items()} | names
    return next((names[name] for name in _NAMES[role] if name in names), None)


def _wide(header: str, dims: Mapping[str, str], columns: Columns, *, flows: bool) -> Figures | None:
    """What a header says of the figures under it; None if it is not one of theirs."""
    rest = _bare(header)
    note = f"the footnote mark of header {header!r} left out" if rest != plain(header) else ""
    if flows and "component" not in columns.fixed and (component := component_of(header, columns)):
        return Figures(header, {"component": component}, note)
    labels: dict[str, str | int | None] = {}
    if "year" not in dims and "year" not in columns.fixed and (found := _YEAR_IN_HEADER.search(rest)):
        label = understand("year", rest)
        whole = label.value is None or not label.note or (flows and label.note == NEXT_YEAR)
        labels["year"] = int(found.group(1)) if whole else label.value
        note = note or ("" if whole else label.note)
        rest = (rest if whole else without_moment(rest)).replace(found.group(0), " ").strip(" :,;_-")
    for dim in ("sex", "age"):
        if dim in dims or not rest or (dim == "age" and rest.isdigit() and "year" not in labels and "year" not in dims):
            continue
        label = understand(dim, rest, columns.labels.get(dim))
        if label.kind == "label" and not (dim == "sex" and rest in {"1", "2"}):
            labels[dim], rest = (label.value if label.value is not None else rest), ""
    if is_total(rest):
        return Figures(header, labels, note, is_total=True)
    if rest and not _is_people(rest, columns, labels, flows=flows):
        group = "age" not in dims and understand("age", rest).note == AGE_GROUP
        dated = labels and (moment_of(rest) is not None or _is_like_people(rest))
        return Figures(header, {}) if group or dated else None
    return Figures(header, labels, note) if labels else None


def _across(found: Sequence[Figures | None]) -> tuple[tuple[Figures, ...], list[str]]:
    """The columns of figures, totals over what stands across among them; and headers that are not understood."""
    figures = [one for one in found if one is not None]
    across = {dim for one in figures for dim in one.labels if dim != "component" and not one.is_total}
    if not across and not any(one.labels for one in figures):
        return (), []
    whole = [
        replace(one, labels={**dict.fromkeys(across), **one.labels}) if one.is_total else one
        for one in figures
        if one.labels or (one.is_total and across)
    ]
    return tuple(whole), [one.header for one in figures if not one.labels and not one.is_total]


def _is_people(rest: str, columns: Columns, labels: dict[str, str | int | None], *, flows: bool) -> bool:
    if flows and (component := component_of(rest, columns)):
        labels["component"] = component
        return True
    return not flows and rest in _NAMES["value"]


def _is_like_people(rest: str) -> bool:
    """Whether what is left of a header says nothing else than a person count with a year would."""
    words = re.sub(r"[\W\d_]+", " ", rest).split()
    return all(len(word) == 1 or word in _NAMES["value"] for word in words)
