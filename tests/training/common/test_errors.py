import pytest

from core.errors import INTERRUPTED
from training.common.errors import TrainingError, as_command


@pytest.mark.parametrize(
    ("escaped", "code", "line"),
    [
        (TrainingError("data: no faces"), TrainingError.exit_code, "data: no faces"),
        (KeyboardInterrupt(), INTERRUPTED, "stopped"),
        (KeyboardInterrupt("--resume goes on"), INTERRUPTED, "stopped; --resume goes on"),
    ],
)
def test_a_command_ends_with_one_line_and_its_code(
    escaped: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @as_command
    def command(arguments: list[str] | None) -> None:
        raise escaped

    assert command([]) == code
    assert capsys.readouterr().err == f"{line}\n"
