"""Checks of cells with keys: totals, double keys, missing cells, values. All are vectorised; all report rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kompaslite.readers.area_codes import AreaCodes
from kompaslite.readers.cells import CellTable, left_out
from kompaslite.readers.grid import Cells
from kompaslite.readers.labels import BESIDE, TOTAL, UNKNOWN, Axis
from kompaslite.readers.report import Log
from kompaslite.schema import short_list

#: A product of labels so many times larger than the table is not looked at cell by cell.
_SPARSE = 50
#: Sums of fewer figures than this may be a chance.
_FEW_FIGURES = 6
#: Share of an area's people by which noise may part it from the sum of its parts.
_NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Cube:
    """A table as an array: the labels of its dimensions and the place of every cell."""

    labels: dict[str, np.ndarray]
    places: np.ndarray
    counts: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the dimensions."""
        return tuple(labels.size for labels in self.labels.values())

    def key(self, place: int) -> str:
        """Words for one position."""
        where = np.unravel_index(place, self.shape)
        return ", ".join(f"{dim} {labels[i]}" for (dim, labels), i in zip(self.labels.items(), where, strict=True))


def without_unknown(cells: CellTable) -> CellTable:
    """The cells whose labels are all understood and in the table; the others are noted already."""
    good = np.ones(cells.values.size, dtype=bool)
    for axis in cells.axes.values():
        good &= (axis.codes != UNKNOWN) & (axis.codes != BESIDE)
    if cells.component is not None:
        good &= cells.component.codes != UNKNOWN
    return cells if good.all() else cells.take(good)


def without_totals(cells: CellTable, log: Log, *, whole: bool, tolerance: float = 0.0) -> CellTable:
    """The cells of single labels; rows of totals are compared with the sum of their parts and set aside."""
    kinds = np.zeros(cells.values.size, dtype=np.int64)
    for bit, axis in enumerate(cells.axes.values()):
        kinds |= (axis.codes == TOTAL).astype(np.int64) << bit
    if not kinds.any():
        return cells
    detail = cells.take(kinds == 0)
    for kind in np.unique(kinds[kinds > 0]):
        over = [dim for bit, dim in enumerate(cells.axes) if int(kind) >> bit & 1]
        totals = cells.take(kinds == kind)
        equal = _compare(totals, detail, over, log, whole=whole, tolerance=tolerance)
        rows = left_out(cells.rows, kinds != kind)
        if rows.size:
            log.put_aside(f"total over {short_list(over)}, {equal}", rows)
        elif not log.problems:
            log.correct(f"columns of the total over {short_list(over)} not used: {equal}")
    for dim, axis in cells.axes.items():
        if not axis.labels.size:
            log.problem(f"dimension {dim} has totals only", mend="Single labels are needed, not sums over all of them.")
    return detail


def _compare(
    totals: CellTable, detail: CellTable, over: Sequence[str], log: Log, *, whole: bool, tolerance: float
) -> str:
    """Note totals that differ from the sum of their parts by more than the tolerance; in words, how far they agree."""
    shared = [dim for dim in detail.axes if dim not in over]
    shape = tuple(detail.axes[dim].labels.size for dim in shared)
    size = int(np.prod(shape, dtype=np.float64))
    if not all(shape) or size > _SPARSE * max(detail.values.size, 1_000):
        log.problem(f"total over {short_list(over)} without its parts", totals.rows, "Add the rows of single labels.")
        return "without its parts"
    inner, places = _places(detail, shared, shape), _places(totals, shared, shape)
    sums = np.bincount(inner, weights=detail.values, minlength=size)[places]
    parts = np.bincount(inner, minlength=size)[places]
    if (parts == 0).any():
        rows = totals.rows[parts == 0]
        log.problem(f"total over {short_list(over)} without its parts", rows, "Add the rows of single labels.")
    gaps = np.where(parts > 0, np.abs(sums - totals.values), 0.0)
    room = 0.0 if whole else 1e-6 * np.abs(totals.values)
    wrong = ~(gaps <= np.maximum(tolerance, room))
    if wrong.any():
        first = int(np.argmax(wrong))
        most = float(np.nanmax(gaps))
        log.problem(
            f"total over {short_list(over)} differs from the sum of its parts, by up to {most:,.10g}; the first says "
            f"{totals.values[first]:,.10g} where the parts sum to {sums[first]:,.10g}",
            totals.rows[wrong],
            "A row is missing, double or wrong: compare with the source; where the agency rounds or adds noise, leave "
            f"out the totals. In Python: say how much with columns={{'tolerance': {np.ceil(most):.0f}}}.",
        )
    near = int((gaps > room).sum())
    if not near or wrong.any():
        return "equal to the sum of its parts"
    words = f"{near:,} of {gaps.size:,} differ from the sum of their parts by up to {gaps.max():,.10g}"
    return f"within the tolerance of {tolerance:,.10g}: {words}; the parts are used"


def _places(cells: CellTable, dims: Sequence[str], shape: tuple[int, ...]) -> np.ndarray:
    places = np.zeros(cells.values.size, dtype=np.int64)
    for dim, length in zip(dims, shape, strict=True):
        places *= length
        places += cells.axes[dim].codes
    return places


def cube(cells: CellTable, name: str, log: Log) -> Cube | None:
    """Where each cell stands in the product of the labels; None if there are far too few cells for that."""
    axes = {}
    for dim, axis in cells.axes.items():
        used = np.bincount(axis.codes, minlength=axis.labels.size) > 0
        axes[dim] = axis if used.all() else Axis(axis.labels[used], (np.cumsum(used) - 1)[axis.codes])
    labels = {dim: axis.labels for dim, axis in axes.items()}
    shape = tuple(known.size for known in labels.values())
    size = int(np.prod([float(length) for length in shape]))
    if size > _SPARSE * max(cells.values.size, 1_000):
        log.problem(
            f"{name}: {cells.values.size:,} cells where the labels make {size:,}",
            mend="The table is not a complete cross product; check the label columns.",
        )
        return None
    places = _places(replace(cells, axes=axes), list(axes), shape)
    return Cube(labels, places, np.bincount(places, minlength=size))


def check_double(cells: CellTable, table: Cube, name: str, log: Log, *, unused: Mapping[str, Cells]) -> None:
    """Note keys that occur more than once; rows are never added up."""
    double = table.counts[table.places] > 1
    if not double.any():
        return
    first = int(np.argmax(double))
    same = np.flatnonzero(table.places == table.places[first])
    values = cells.values[same]
    words = "the same figure" if np.all(values == values[0]) else f"{values[0]:,.10g} and {values[1]:,.10g}"
    mend = "Remove the surplus rows; they are not added up."
    for header, column in unused.items():
        if len({str(cell) for cell in np.asarray(column, dtype=object)[same % len(column)]}) > 1:
            mend = f"The rows differ in column {header!r}, which is not used: keep one of its labels, or sum over it."
            break
    key = table.key(int(table.places[first]))
    log.problem(
        f"{name}: {int(double.sum()):,} cells share their key with another; the first is {key} "
        f"in rows {short_list(cells.rows[same].tolist())} with {words}",
        cells.rows[double],
        mend,
    )


def check_missing(table: Cube, name: str, log: Log) -> None:
    """Note keys that do not occur, and labels that are missing throughout."""
    missing = table.counts == 0
    if missing.any():
        places = np.flatnonzero(missing)
        by = []
        for axis, (dim, labels) in enumerate(table.labels.items()):
            lacking = np.unique(np.unravel_index(places, table.shape)[axis])
            if lacking.size < labels.size:
                by.append(f"{dim} {short_list(labels[lacking].tolist())}")
        among = f" (only in {'; '.join(by)})" if by else ""
        key = table.key(int(places[0]))
        log.problem(
            f"{name}: {places.size:,} of {missing.size:,} cells have no row; the first is {key}{among}",
            mend="Add the rows; zero people is a row with 0. In Python: keep={...} leaves out labels; "
            "incomplete='set aside' leaves out areas; codes=... joins the numbers that an area had in different years.",
        )


def check_labels(table: Cube, name: str, log: Log, *, flows: bool) -> None:
    """Note gaps between ages and years, and a sex that is not there."""
    for dim in ("age", "year"):
        labels = table.labels.get(dim)
        if labels is None or labels.size < 2:
            continue
        gaps = np.diff(labels)
        if np.all(gaps == 1) or (dim == "year" and not flows and np.all(gaps == gaps[0])):
            continue
        after = int(labels[:-1][gaps > 1][0])
        absent = sorted(set(range(int(labels[0]), int(labels[-1]) + 1)) - set(labels.tolist()))
        words = ""
        if flows and dim == "year" and np.all(gaps == gaps[0]):
            words = f"Figures every {int(gaps[0])} years look like sums over {int(gaps[0])} years: divide them first. "
        log.problem(
            f"{name}: {dim} {short_list(absent)} missing throughout; the first gap is after {dim} {after}",
            mend=f"{words}Add the rows of the missing labels.",
        )
    sexes = table.labels.get("sex")
    if sexes is not None and sexes.size == 1:
        log.problem(f"{name}: only the sex {sexes[0]} is there", mend="Add the rows of the other sex.")


def check_first_age(table: Cube, name: str, log: Log) -> None:
    """Note a population that does not begin at age 0 or has one age only."""
    ages = table.labels["age"]
    if int(ages[0]) != 0:
        log.problem(f"{name}: the first age is {ages[0]}, not 0", mend="Add the younger ages.")
    if ages.size < 2:
        log.problem(f"{name}: there is only the age {ages[0]}", mend="Single ages from 0 to the open one are needed.")


def check_values(cells: CellTable, name: str, log: Log, *, whole: bool, signed: bool) -> None:
    """Note figures below zero, and figures that are not whole."""
    values = cells.values
    known = np.isfinite(values)
    low = known & (values < 0)
    if not signed and low.any():
        first = int(np.argmax(low))
        log.problem(
            f"{name}: {int(low.sum()):,} figures are below 0; the first is {values[first]:g}",
            cells.rows[low],
            "Counts of people are never negative; a net figure is net_migration or adjustment.",
        )
    broken = known & (values != np.rint(values)) if whole else np.zeros(0, dtype=bool)
    if broken.any():
        first = int(np.argmax(broken))
        log.problem(
            f"{name}: {int(broken.sum()):,} figures are not whole; the first is {values[first]:g}",
            cells.rows[broken],
            "Counts are whole people: check the unit. In Python: give whole=False if the table holds estimates.",
        )


def drop_out_of_force(cells: CellTable, codes: AreaCodes, name: str, log: Log) -> CellTable:
    """The cells of codes in force; rows without people of codes out of force are set aside."""
    areas, years = cells.axes["area"], cells.axes["year"]
    valid = np.array([[codes.in_force(str(code), int(year)) for year in years.labels] for code in areas.labels])
    out = ~valid[areas.codes, years.codes]
    if not out.any():
        return cells
    peopled = out & (cells.values != 0)
    if peopled.any():
        first = int(np.argmax(peopled))
        area, year = areas.labels[areas.codes[first]], int(years.labels[years.codes[first]])
        others = sorted({str(code) for code in areas.labels if codes.in_force(str(code), year)})
        log.problem(
            f"{name}: {int(peopled.sum()):,} cells have people under a code that was not in force; the first is area "
            f"{area} in {year}",
            cells.rows[peopled],
            f"In force that year, of the codes in the table: {short_list(others) or 'none'}. Use the code of the year.",
        )
    log.put_aside("code out of force in the year, without people", cells.rows[out & ~peopled])
    return cells.take(~out)


def blocks(table: Cube) -> Cube:
    """The table with its empty blocks of area and year taken as filled: their codes were not in force."""
    axes = [i for i, dim in enumerate(table.labels) if dim not in ("area", "year")]
    counts = table.counts.reshape(table.shape)
    empty = np.broadcast_to(~(counts > 0).any(axis=tuple(axes), keepdims=True), table.shape)
    return Cube(table.labels, table.places, np.where(empty, 1, counts).ravel())


def drop_incomplete(cells: CellTable, table: Cube, name: str, log: Log) -> tuple[CellTable, Cube | None]:
    """The cells of complete areas; the rows of the others are set aside."""
    if "area" not in table.labels or (table.counts > 0).all():
        return cells, table
    axis = list(table.labels).index("area")
    others = tuple(i for i in range(len(table.labels)) if i != axis)
    lacking = (table.counts.reshape(table.shape) == 0).any(axis=others)
    if lacking.all():
        return cells, table
    of_cell = np.unravel_index(table.places, table.shape)[axis]
    gone = lacking[of_cell]
    named = short_list(table.labels["area"][lacking].tolist())
    log.put_aside(f"{int(lacking.sum())} areas whose table is not complete: {named}", cells.rows[gone])
    rest = cells.take(~gone)
    return rest, cube(rest, name, log)


def check_nested(cells: CellTable, table: Cube, name: str, log: Log, *, tolerance: float) -> None:
    """Note areas whose figures are the sums of other areas, as a county among its municipalities."""
    if "area" not in table.labels or table.labels["area"].size < 3 or (table.counts != 1).any():
        return
    flat = np.zeros(table.counts.size)
    flat[table.places] = cells.values
    by_area = np.moveaxis(flat.reshape(table.shape), list(table.labels).index("area"), 0)
    figures = by_area.reshape(by_area.shape[0], -1)
    if figures.shape[1] >= _FEW_FIGURES and np.isfinite(figures).all():
        wholes = _sums_of_others([str(area) for area in table.labels["area"]], figures, tolerance)
        if wholes:
            words = "; ".join(f"{area} of {short_list(parts)}" for area, parts in list(wholes.items())[:3])
            rows = cells.rows[np.isin(_area_of(table), list(wholes))]
            log.problem(
                f"{name}: {len(wholes)} areas are sums of other areas in the table: {words}",
                rows,
                "People would be counted twice: leave out these rows. In Python: keep={'area': [...]} keeps one level.",
            )


def _area_of(table: Cube) -> np.ndarray:
    axis = list(table.labels).index("area")
    return np.asarray(table.labels["area"][np.unravel_index(table.places, table.shape)[axis]])


def _sums_of_others(areas: list[str], figures: np.ndarray, room: float) -> dict[str, list[str]]:
    """Areas that are the sum of others: of those whose codes they begin, of their siblings, or of all others."""
    wholes: dict[str, list[str]] = {}
    totals, full = figures.sum(axis=1), (figures != 0).sum(axis=1)
    people, left = Counter[str](), Counter[str]()
    for area, total in zip(areas, totals, strict=True):
        for length in range(len(area) + 1):
            people[area[:length]] += total
            left[area[:length]] += 1
    for i in sorted(range(len(areas)), key=lambda i: (-len(areas[i]), areas[i])):
        area = areas[i]
        for length in range(len(area), -1, -1):
            needed, least = (2, _FEW_FIGURES) if length == len(area) else (3, 2 * _FEW_FIGURES)
            near = abs(people[area[:length]] - 2 * totals[i]) <= _NOISE * totals[i]
            if left[area[:length]] < needed or full[i] < least or not near:
                continue
            parts = [k for k, one in enumerate(areas) if k != i and one.startswith(area[:length]) and one not in wholes]
            gaps = np.abs(figures[parts].sum(axis=0) - figures[i])
            if gaps.max() <= room and gaps.sum() <= _NOISE * totals[i]:
                wholes[area] = [areas[k] for k in parts]
                for shorter in range(len(area) + 1):
                    people[area[:shorter]] -= totals[i]
                    left[area[:shorter]] -= 1
                break
    return wholes
