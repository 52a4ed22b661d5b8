"""Limits of a recipe's fields, and what is wrong with one of them as a sentence."""

import dataclasses
import difflib
from collections.abc import Callable
from typing import Any, Final

from pydantic import AfterValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

KINDS: Final = {"bool_type": bool, "int_type": int, "float_type": float, "string_type": str}
"""What was expected, by pydantic's name of the error."""
UNKNOWN: Final = ("unexpected_keyword_argument", "invalid_key")


def within(minimum: float, maximum: float) -> AfterValidator:
    """Limit a field, both ends included; not a number is outside."""

    def check(value: float) -> float:
        if not minimum <= value <= maximum:
            raise PydanticCustomError("limits", f"{minimum} to {maximum}; it is {value}")
        return value

    return AfterValidator(check)


def keep_integers(value: Any, validate: Callable[[Any], float]) -> Any:
    """Check a number, but leave an integer one: a recipe is saved as it was written."""
    validate(value)
    return value


def explain(recipe: type, error: ValidationError) -> str:
    """Return in words what is wrong with a recipe's fields: the slip in a name first."""
    details = min(error.errors(), key=lambda each: each["type"] not in UNKNOWN)
    return _sentence(recipe, details)


def _sentence(recipe: type, details: ErrorDetails) -> str:
    """Say what was expected and what came; `loc` is the way to the field."""
    kind, loc, value = details["type"], details["loc"], details["input"]
    name = str(loc[-1]) if loc else "recipe"
    if kind in UNKNOWN:
        return f"unknown key '{name}'{_hint(name, _fields_around(recipe, loc))}"
    if kind == "limits":
        owner = f"{loc[0]}'s " if len(loc) > 1 else ""
        return f"{owner}{name} must be {details['msg']}"
    if kind in KINDS:
        return f"{name} must be of type {KINDS[kind].__name__}; found {value!r}"
    if kind == "tuple_type":
        return f"{name} must be a list; found {value!r}"
    if kind == "missing":
        return f"each of the {loc[0]} must have a start and a size"
    return f"{loc[0] if loc else name} must be an object of keys; found {value!r}"


def _fields_around(recipe: type, loc: tuple[int | str, ...]) -> list[str]:
    """Return the names of the fields beside the one that `loc` leads to."""
    owner: Any = recipe
    for step in loc[:-1]:
        if isinstance(step, str):
            kind = owner.__dataclass_fields__[step].type
            owner = kind if dataclasses.is_dataclass(kind) else kind.__args__[0]
    return [field.name for field in dataclasses.fields(owner)]


def _hint(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
