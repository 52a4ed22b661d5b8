"""How the parts are found and put together."""

import pytest

from core.errors import WeightsError
from web.assemble import find_cascade


class TestCascade:
    def test_none_one_and_two(self, tmp_path):
        assert find_cascade(tmp_path) is None
        (tmp_path / "a.xml").touch()
        assert find_cascade(tmp_path) == tmp_path / "a.xml"
        (tmp_path / "b.xml").touch()
        with pytest.raises(WeightsError, match="expected one XML file .* found a.xml, b.xml"):
            find_cascade(tmp_path)
