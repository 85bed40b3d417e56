"""What a page consists of: paragraphs, tables, figures, and the footnotes that say where numbers come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Mark:
    """One mention of a footnote.

    Parameters
    ----------
    number : int
        Of the footnote.
    turn : int
        Of the mention, from 1.
    """

    number: int
    turn: int


@dataclass(slots=True)
class Footnotes:
    """Sources in the order in which they are first named."""

    texts: list[str] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)

    def cite(self, *sources: str) -> tuple[Mark, ...]:
        """Marks of the footnotes with these sources, which are added where they are new."""
        marks = []
        for source in dict.fromkeys(sources):
            if source not in self.texts:
                self.texts.append(source)
                self.turns.append(0)
            place = self.texts.index(source)
            self.turns[place] += 1
            marks.append(Mark(place + 1, self.turns[place]))
        return tuple(sorted(marks, key=lambda mark: mark.number))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences, and where their figures come from; `missing` where they say what the data do not have."""

    kind: ClassVar[str] = "paragraph"

    text: str
    marks: tuple[Mark, ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of printed numbers under a caption; `total` where the last row is a total."""

    kind: ClassVar[str] = "table"

    caption: str
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    marks: tuple[Mark, ...] = ()
    total: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows for those who do not see it, and a caption."""

    kind: ClassVar[str] = "figure"

    image: str
    alt: str
    caption: str
    marks: tuple[Mark, ...] = ()


Block = Paragraph | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    name: str
    heading: str
    blocks: Sequence[Block]
