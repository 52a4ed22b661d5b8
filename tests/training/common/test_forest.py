"""Forests that serve answer as scikit-learn's, whose trees they are."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from training.common import forest
from training.common.errors import TrainingError
from training.common.forest import to_forest


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, RandomForestClassifier])
def test_exported_forests_answer_as_scikit_learn_does(kind):
    generator = np.random.default_rng(4)
    rows = generator.integers(0, 20, (300, 6)).astype(np.float32) / 7
    labels = generator.integers(0, 4, 300)
    model = kind(20, min_samples_leaf=2, random_state=0).fit(rows, labels)
    # On the thresholds themselves as well, and as near to them as float32 can be.
    thresholds = np.concatenate([tree.tree_.threshold for tree in model.estimators_])
    edges = generator.choice(thresholds, (500, 6)).astype(np.float32)
    for asked in (rows, edges, np.nextafter(edges, 9), np.nextafter(edges, -9)):
        np.testing.assert_allclose(
            to_forest(model, 4).predict(asked), model.predict_proba(asked), atol=1e-12
        )


def test_a_class_that_never_occurred_has_no_probability():
    random = np.random.default_rng(0)
    rows = random.dirichlet(np.ones(7), (400, 2)).reshape(400, 14).astype(np.float32)
    labels = (rows[:, :7] + rows[:, 7:]).argmax(axis=1)
    rows, labels = rows[labels != 3], labels[labels != 3]
    model = RandomForestClassifier(20, min_samples_leaf=3, random_state=0).fit(rows, labels)
    answers = to_forest(model, 7).predict(rows)
    np.testing.assert_allclose(answers[:, model.classes_], model.predict_proba(rows), atol=1e-12)
    assert (answers[:, 3] == 0).all()


@pytest.mark.parametrize("rows", [9, 90])
def test_a_forest_too_large_for_its_arrays_is_refused(monkeypatch, rows):
    """Whether a leaf holds too many rows, or a tree too many nodes."""
    values = np.arange(rows, dtype=np.float32)[:, np.newaxis]
    labels = np.zeros(9, int) if rows == 9 else np.random.default_rng(1).integers(0, 2, rows)
    model = RandomForestClassifier(2, bootstrap=False, random_state=0).fit(values, labels)
    to_forest(model, 2)
    monkeypatch.setattr(forest, "MAX_COUNT", 8)
    with pytest.raises(TrainingError, match="at most 8 nodes and rows a leaf"):
        to_forest(model, 2)
