"""The one error of this layer, how a command tells it, and how the command itself is told."""

import functools
import shlex
import sys
from collections.abc import Callable

from core.errors import INTERRUPTED, AffectuneError

Arguments = list[str] | None


class TrainingError(AffectuneError):
    """A data set, recipe, checkpoint or model cannot be used as it is."""

    code = "bad_training"
    exit_code = 7


def as_command(body: Callable[[Arguments], None]) -> Callable[..., int]:
    """Make a command of `body`: it returns the exit code, and its errors and Ctrl-C go to stderr.

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
        except KeyboardInterrupt as stop:
            print("stopped", *stop.args, sep="; ", file=sys.stderr)
            return INTERRUPTED
        return 0

    return main


def as_typed(module: str, arguments: Arguments) -> str:
    """Return the command line that runs `module` as it now runs, for a report to name.

    Args:
        module: after `python -m`.
        arguments: as a command gets them, None for those of the process.
    """
    options = shlex.join(sys.argv[1:] if arguments is None else arguments)
    return f"python -m {module} {options}".rstrip()
