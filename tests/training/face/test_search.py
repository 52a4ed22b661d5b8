import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from training.common import checkpoint
from training.face import search
from training.face.recipe import CnnShape, Recipe


# keras-tuner 1.4.8 still calls threading's old names; Keras 3.15 is not at home with NumPy 2.
@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_search_writes_the_best_recipe_it_tried_and_goes_on_where_it_was(
    tmp_path: Path, npz: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tiny(hp: Any) -> Recipe:
        shape = CnnShape(2, hp.Choice("filters", [2, 4]), 1, 4)
        return dataclasses.replace(search.BASE, cnn=shape, batch_size=28)

    monkeypatch.setattr(search, "recipe_of", tiny)
    arguments = ["--data", str(npz), "--folder", str(tmp_path / "search"), "--epochs", "2"]
    assert search.main(arguments) == 0
    best = Recipe.read(tmp_path / "search" / "recipe.json")
    trials = [json.loads(p.read_text()) for p in (tmp_path / "search").rglob("trial.json")]
    scores: dict[int, float] = {}
    for trial in trials:
        filters = trial["hyperparameters"]["values"]["filters"]
        scores[filters] = max(scores.get(filters, 0.0), trial["score"])
    assert scores[best.cnn.filters] == max(scores.values())

    monkeypatch.delattr(search.CnnSearch, "fit")  # nothing is left to train
    with checkpoint.held(tmp_path / "search"):
        assert search.main(arguments) == 7
    assert "another process is training in" in capsys.readouterr().err
    assert search.main(arguments) == 0
    again = Recipe.read(tmp_path / "search" / "recipe.json")
    assert scores[again.cnn.filters] == max(scores.values())


@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_did_best_in_one_epoch_goes_on_with_what_it_learned(
    tmp_path: Path, npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tiny(hp: Any) -> Recipe:
        shape = CnnShape(2, hp.Choice("filters", [2, 3, 4, 5, 6, 7]), 1, 4)
        return dataclasses.replace(search.BASE, cnn=shape, batch_size=28)

    begun: list[tuple[int, float]] = []
    fit = search.CnnSearch.fit

    def watched(self: Any, hp: Any, model: Any, **options: Any) -> Any:
        begun.append((options["initial_epoch"], float(sum(w.sum() for w in model.get_weights()))))
        history = fit(self, hp, model, **options)
        ended[len(begun) - 1] = float(sum(w.sum() for w in model.get_weights()))
        return history

    ended: dict[int, float] = {}
    monkeypatch.setattr(search.CnnSearch, "fit", watched)
    monkeypatch.setattr(search, "recipe_of", tiny)
    arguments = ["--data", str(npz), "--folder", str(tmp_path / "search"), "--epochs", "3"]
    assert search.main(arguments) == 0
    trials = [json.loads(p.read_text()) for p in (tmp_path / "search").rglob("trial.json")]
    assert {trial["status"] for trial in trials} == {"COMPLETED"}
    promoted = [total for epoch, total in begun if epoch]
    assert promoted
    for total in promoted:
        assert total in [pytest.approx(other, rel=1e-5) for other in ended.values()]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_search_whose_trials_all_fail_says_so(
    tmp_path: Path, npz: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("as where TensorBoard is missing")

    monkeypatch.setattr(search.CnnSearch, "fit", broken)
    arguments = ["--data", str(npz), "--folder", str(tmp_path / "search"), "--epochs", "2"]
    assert search.main(arguments) == 7
    assert "search: no trial came to its end" in capsys.readouterr().err
    assert not (tmp_path / "search" / "recipe.json").exists()


def test_the_space_is_made_of_valid_recipes() -> None:
    import keras_tuner

    recipe = search.recipe_of(keras_tuner.HyperParameters())
    assert Recipe.from_mapping(dataclasses.asdict(recipe)).cnn == recipe.cnn
