"""Tables in the area codes of each year: which blocks of an area and a year may be empty, and which may not."""

import numpy as np

from kompaslite.readers.areatable import AreaCodes
from kompaslite.readers.checks import Cube, cube
from kompaslite.readers.findings import Log
from kompaslite.readers.tidy import Cellwise
from kompaslite.schema import short_list


def drop_out_of_force(cells: Cellwise, codes: AreaCodes, name: str, log: Log) -> Cellwise:
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


def drop_incomplete(cells: Cellwise, table: Cube, name: str, log: Log) -> tuple[Cellwise, Cube | None]:
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
