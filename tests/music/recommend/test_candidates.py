"""Which songs of each group are looked at."""

import numpy as np
import pytest

from music.recommend import candidates as module
from music.recommend.candidates import Candidates

SMALL, LARGE = range(10, 13), range(100, 140)
GROUPS = Candidates(np.array([*SMALL, *LARGE], np.int32), np.array([0, 3, 43], np.int32))
NOBODY = np.zeros(200, np.bool_)


def sample(favourites, size, seed):
    rows, groups = GROUPS.sample(favourites, size, np.random.default_rng(seed))
    return dict(zip(rows.tolist(), groups.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_all_of_a_small_group_and_as_many_of_a_large_one(seed):
    group_of = sample(NOBODY, 5, seed)
    assert {row for row, group in group_of.items() if group == 1} == set(SMALL)
    drawn = {row for row, group in group_of.items() if group == 2}
    assert len(drawn) == 5
    assert drawn <= set(LARGE)
    assert len(group_of) == 8


def test_each_song_of_a_large_group_gets_its_turn():
    drawn = {row for seed in range(100) for row in sample(NOBODY, 5, seed)}
    assert drawn == {*SMALL, *LARGE}


def test_a_group_of_just_that_size_is_taken_whole():
    assert len(sample(NOBODY, 40, 0)) == 43


def test_favourites_come_besides():
    favourites = NOBODY.copy()
    favourites[[7, 101, 105, 139]] = True
    group_of = sample(favourites, 1, 0)
    assert {101, 105, 139} <= set(group_of)
    assert 7 not in group_of, "it is no candidate"
    assert set(group_of.values()) == {1, 2}
    assert len(group_of) <= 5


def test_of_very_many_favourites_some_are_drawn(monkeypatch):
    monkeypatch.setattr(module, "MAX_FAVOURITES", 4)
    favourites = NOBODY.copy()
    favourites[100:140] = True
    assert all(len(sample(favourites, 1, seed)) <= 2 + 4 for seed in range(20))
    assert len({row for seed in range(100) for row in sample(favourites, 1, seed)}) == 43
