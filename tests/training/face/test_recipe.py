from pathlib import Path

import pytest

from training.common.errors import TrainingError
from training.face.models import MODELS
from training.face.recipe import Augmentation, Recipe, Stage

RECIPES = Path(__file__).resolve().parents[3] / "training" / "recipes"


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
        ({"stages": [{"start": 0}]}, "must have a start and a size"),
        ({"stages": [{"start": 0, "sise": 4}]}, "did you mean 'size'"),
        ({"stages": 64}, "stages must be a list; found 64"),
        (
            {"stages": [{"start": 0, "size": 48}, {"start": 0.6, "size": 96}] * 2},
            "each next one later",
        ),
        ({"stages": [{"start": 0, "size": 4}]}, "16 pixels or more"),
        ({"epochs": 0}, "epochs must be 1 to inf; it is 0"),
        ({"epochs": "30"}, "epochs must be of type int; found '30'"),
        ({"batch_size": True}, "batch_size must be of type int; found True"),
        ({"imagenet": 1}, "imagenet must be of type bool; found 1"),
        ({"augmentation": 5}, "augmentation must be an object of keys; found 5"),
        ({"warm_up": 1.0}, "warm_up must be 0 to 0.99; it is 1.0"),
        ({"distil": 1.5}, "distil must be 0 to 1; it is 1.5"),
        ({"learning_rate": float("nan")}, "learning_rate must be 0 to inf; it is nan"),
        ({"model": "cnn", "attention": True}, "attention is for efficientnet, not for cnn"),
        ({"width": 0.5}, "width is for vgg16 and resnet50v2, not for efficientnetb3"),
        ({"model": "vgg16", "imagenet": True, "width": 0.5}, "for a width of 1 only"),
        ({"precision": "float8"}, "precision must be one of float32"),
        ({"precision": "mixed_float16"}, "precision must be one of float32, mixed_bfloat16"),
        ({"augmentation": {"erase": 7}}, "augmentation's erase must be 0 to 1; it is 7"),
        ({"augmentation": {"rotate": -5}}, "augmentation's rotate must be 0 to 180; it is -5"),
        ({"cnn": {"filters": 0}}, "cnn's filters must be 1 to inf; it is 0"),
        (
            {"model": "cnn", "cnn": {"blocks": 6}, "stages": [{"start": 0, "size": 48}]},
            "cnn's 6 blocks halve 48 pixels to nothing",
        ),
        (None, "recipe must be an object of keys; found None"),
        ([], r"recipe must be an object of keys; found \[\]"),
    ],
)
def test_a_bad_recipe_is_refused(fields: object, message: str) -> None:
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
    assert Recipe.read(path).model in MODELS
