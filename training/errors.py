"""The one error of this layer, and how a command tells it: in one sentence, with an exit code."""

import functools
import sys
from collections.abc import Callable

from errors import AffectuneError

Arguments = list[str] | None


class TrainingError(AffectuneError):
    """A data set, recipe, checkpoint or model cannot be used as it is."""

    code = "bad_training"
    exit_code = 7


def as_command(body: Callable[[Arguments], None]) -> Callable[..., int]:
    """Make a command of `body`: it returns the exit code, and its errors go to stderr.

    Args:
        body: takes the command line's arguments, None for those of the process.
    """

    @functools.wraps(body)
    def main(arguments: Arguments = None) -> int:
        try:
            body(arguments)
        except AffectuneError as error:
            print(error, file=sys.stderr)
            return error.exit_code
        return 0

    return main
