from pathlib import Path

import pytest

from training.errors import TrainingError
from training.recipe import Augmentation, Recipe, Stage

RECIPES = Path(__file__).resolve().parents[2] / "training" / "recipes"


def test_json_gives_the_recipe_back(tmp_path: Path) -> None:
    recipe = Recipe(
        model="vgg16",
        augmentation=Augmentation(rotate=5.0),
        stages=(Stage(0.0, 48), Stage(0.5, 64)),
    )
    path = tmp_path / "recipe.json"
    path.write_text(recipe.to_json())
    assert Recipe.read(path) == recipe


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"learning_rat": 1}, "did you mean 'learning_rate'"),
        ({"augmentation": {"rotat": 1}}, "did you mean 'rotate'"),
        ({"stages": []}, "first stage must start at 0"),
        ({"epochs": 0}, "must be 1 or more"),
    ],
)
def test_a_bad_recipe_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        Recipe.from_mapping(fields)


def test_the_rate_warms_up_and_falls_to_its_end() -> None:
    recipe = Recipe(learning_rate=1.0, warm_up=0.1, final_rate=0.01)
    assert recipe.rate_at(0) == pytest.approx(0.1)
    assert recipe.rate_at(0.1) == pytest.approx(1.0)
    assert recipe.rate_at(0.55) == pytest.approx(0.505)
    assert recipe.rate_at(1) == pytest.approx(0.01)


def test_size_and_strength_follow_the_progress() -> None:
    recipe = Recipe(stages=(Stage(0.0, 48), Stage(0.5, 64)), relax=0.5)
    assert [recipe.size_at(p) for p in (0, 0.49, 0.5, 1)] == [48, 48, 64, 64]
    assert [recipe.strength_at(p) for p in (0, 0.5, 1)] == [1, 0.75, 0.5]


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.json")), ids=lambda path: path.stem)
def test_the_shipped_recipes_can_be_read(path: Path) -> None:
    assert Recipe.read(path).model
