"""Reports as Markdown: Jinja templates beside the code that measures."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render(template: Path, **values: Any) -> str:
    """Return a report's text.

    Args:
        template: a `.md.jinja` file.
        values: what it may name; to name anything else is an error.
    """
    environment = Environment(  # noqa: S701 - Markdown, and all values are our own
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"percent": percent, "fixed": fixed, "points": points}
    return environment.get_template(template.name).render(**values)


def percent(part: float | None, deviation: float | None = None) -> str:
    """Return a part of 1 as a percentage with one decimal, and its deviation; `-` for none."""
    spread = "" if deviation is None else f" ± {100 * deviation:.1f}"
    return "-" if part is None else f"{100 * part:.1f}{spread} %"


def fixed(value: float | None, decimals: int) -> str:
    """Return a number with so many decimals, `-` for none."""
    return "-" if value is None else f"{value:.{decimals}f}"


def points(parts: Iterable[float]) -> list[str]:
    """Return parts of 1 as percentages without the sign."""
    return [f"{100 * part:.1f}" for part in parts]
