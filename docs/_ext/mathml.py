"""Equations as MathML, which browsers show by themselves: the pages ask no other site for a script."""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx

#: A letter with a bar and an index: the bar belongs to the letter, and the index stands beside both, not below.
_BARRED = re.compile(r"<munderover>\s*(<mi>\w</mi>)\s*(.+?)\s*(<mo[^>]*>ˉ</mo>)\s*</munderover>", re.DOTALL)


def _written(tex: str, *, block: bool) -> str:
    written = latex2mathml.tex2mathml(tex.replace(r"\texttt", r"\mathtt"), as_block=block)
    return _BARRED.sub(r'<msub><mover accent="true">\1\3</mover>\2</msub>', written)


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_written(node.astext(), block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_written(node.astext(), block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
