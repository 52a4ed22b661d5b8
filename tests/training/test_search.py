import dataclasses
from pathlib import Path
from typing import Any

import pytest

from training import search
from training.datasets import FaceSet
from training.recipe import CnnShape, Recipe


# keras-tuner 1.4.8 still calls threading's old names; Keras 3.15 is not at home with NumPy 2.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_search_ends_with_a_recipe_it_tried(
    tmp_path: Path, faces: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tiny(hp: Any) -> Recipe:
        shape = CnnShape(2, hp.Choice("filters", [2, 4]), 1, 4)
        return dataclasses.replace(search.BASE, cnn=shape, batch_size=28)

    monkeypatch.setattr(search, "recipe_of", tiny)
    best = search.search(faces, tmp_path, epochs=2)
    assert best.model == "cnn"
    assert best.cnn.filters in (2, 4)


def test_the_space_is_made_of_valid_recipes() -> None:
    import keras_tuner

    recipe = search.recipe_of(keras_tuner.HyperParameters())
    assert Recipe.from_mapping(dataclasses.asdict(recipe)).cnn == recipe.cnn
