"""Templates filled in, and charts as pictures that stand in a page: the same bytes for the same figures."""

import base64
from collections.abc import Callable, Mapping
from importlib.resources import files
from io import StringIO
from typing import Any

from kompaslite._extras import from_extra


def render(template: str, content: Mapping[str, object]) -> str:
    """A page from a template."""
    jinja2 = from_extra("jinja2", "desk", "the page")
    folder = files("kompaslite.report").joinpath("templates")

    def source(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return str(environment.get_template(template).render(**content))


def svg(draw: Callable[[Any], object], title: str, *, size: tuple[float, float] = (5.4, 4.0)) -> str:
    """A chart as SVG; without identifiers or dates that change from run to run."""
    matplotlib = from_extra("matplotlib", "desk", "the charts")
    figure_type = from_extra("matplotlib.figure", "desk", "the charts").Figure
    canvas = from_extra("matplotlib.backends.backend_svg", "desk", "the charts").FigureCanvasSVG
    with matplotlib.rc_context({"svg.hashsalt": title, "font.size": 9.0, "font.family": "DejaVu Sans"}):
        figure = figure_type(figsize=size, layout="constrained")
        draw(figure.subplots())
        buffer = StringIO()
        # the canvas draws once, where savefig would draw a second time to measure
        canvas(figure).print_svg(buffer, metadata={"Date": None, "Title": title})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def image(draw: Callable[[Any], object], title: str, *, size: tuple[float, float] = (5.0, 3.4)) -> str:
    """A chart as the address of an image that carries itself."""
    text = svg(draw, title, size=size)
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode("ascii")
