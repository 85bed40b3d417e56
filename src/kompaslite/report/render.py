"""Templates of the library, filled in."""

from collections.abc import Mapping
from importlib.resources import files

from kompaslite.extras import from_extra


def render(template: str, content: Mapping[str, object]) -> str:
    """A page from a template.

    Parameters
    ----------
    template : str
        Name of a file in ``report/templates``.
    content : mapping
        What the template names; a name that is missing is an error.

    Returns
    -------
    str

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed.
    """
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
