"""Models that tell the mood of a song, by name, with the interface of scikit-learn.

Each learns whatever it learns from data, scaling included, inside `fit`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.labels import SONG_MOODS

TREES = 200
"""Of a forest; 300 gain 0.2 points and half a megabyte."""
EPOCHS = 60
BATCH = 32


def extra_trees(seed: int) -> Any:
    """Return the extra trees that ship; Geurts 2006."""
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(TREES, random_state=seed)


def random_forest(seed: int) -> Any:
    """Return a random forest; Breiman 2001."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(TREES, random_state=seed)


def gradient_boosting(seed: int) -> Any:
    """Return stochastic gradient boosting; Friedman 2002."""
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(
        n_estimators=150,
        learning_rate=0.05,
        max_depth=3,
        subsample=0.5,
        max_features=3,
        random_state=seed,
    )


def svm(seed: int) -> Any:
    """Return a support vector machine with an RBF kernel, its scores made probabilities."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    machine = make_pipeline(StandardScaler(), SVC(C=1, gamma=0.05, random_state=seed))
    return CalibratedClassifierCV(machine, ensemble=False)


def logistic(seed: int) -> Any:
    """Return multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=2000))


def stack(seed: int) -> Any:
    """Return three models under a logistic regression on what they say of held-out folds."""
    from sklearn.ensemble import StackingClassifier
    from sklearn.linear_model import LogisticRegression

    parts = (extra_trees, svm, logistic)
    return StackingClassifier(
        [(part.__name__, part(seed)) for part in parts],
        LogisticRegression(C=0.1, max_iter=2000),
        stack_method="predict_proba",
    )


class Network:
    """A small Keras network: standardised features, a fixed number of epochs.

    No fold is looked at to stop earlier, so that the test fold stays unseen.

    Args:
        body: takes the input (n, features), returns what the last layer sees.
        seed: of the start weights, the order and the dropout.
    """

    def __init__(self, body: Callable[[Any], Any], seed: int) -> None:
        self._body, self._seed = body, seed

    def fit(self, rows: np.ndarray, labels: np.ndarray) -> "Network":
        """Learn from rows (n, features) and labels (n,)."""
        import keras

        keras.utils.set_random_seed(self._seed)
        self._mean, self._spread = rows.mean(axis=0), rows.std(axis=0)
        entry = keras.Input((rows.shape[1],))
        answer = keras.layers.Dense(len(SONG_MOODS), activation="softmax")(self._body(entry))
        self._model = keras.Model(entry, answer)
        rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * -(-len(rows) // BATCH))
        self._model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        self._model.fit(self._scaled(rows), labels, BATCH, EPOCHS, verbose=0)
        return self

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        """Return probabilities (n, 4)."""
        return np.asarray(self._model(self._scaled(rows), training=False), np.float64)

    def _scaled(self, rows: np.ndarray) -> np.ndarray:
        return ((rows - self._mean) / self._spread).astype(np.float32)


def mlp(seed: int) -> Network:
    """Return two dense layers, 64 and 32 units."""

    def body(entry: Any) -> Any:
        from keras.layers import Dense, Dropout

        hidden = Dropout(0.3)(Dense(64, activation="relu")(entry))
        return Dropout(0.2)(Dense(32, activation="relu")(hidden))

    return Network(body, seed)


def cnn(seed: int) -> Network:
    """Return two convolutions along the features, taken as a sequence of numbers."""

    def body(entry: Any) -> Any:
        from keras.layers import Conv1D, Dense, Dropout, Flatten, Reshape

        line = Reshape((entry.shape[1], 1))(entry)
        line = Conv1D(32, 3, padding="same", activation="relu")(line)
        line = Conv1D(32, 3, padding="same", activation="relu")(line)
        return Dropout(0.4)(Dense(32, activation="relu")(Flatten()(line)))

    return Network(body, seed)


def rnn_attention(seed: int) -> Network:
    """Return a bidirectional GRU along the features, summed by what it attends to.

    Each feature is a step of its own vector, its value times one weight plus another, or a sum
    over steps could not tell which feature a value was of.
    """

    def body(entry: Any) -> Any:
        from keras import layers

        line = layers.EinsumDense("ni,id->nid", (entry.shape[1], 16), bias_axes="id")(entry)
        line = layers.Bidirectional(layers.GRU(16, return_sequences=True))(line)
        weight = layers.Dense(1)(layers.Dense(16, activation="tanh")(line))
        summed = layers.Dot(axes=1)([layers.Softmax(axis=1)(weight), line])
        return layers.Dropout(0.3)(layers.Flatten()(summed))

    return Network(body, seed)


FAST: Mapping[str, Callable[[int], Any]] = {
    "extra-trees": extra_trees,
    "random-forest": random_forest,
    "gradient-boosting": gradient_boosting,
    "svm": svm,
    "logistic": logistic,
    "stack": stack,
}
NETWORKS: Mapping[str, Callable[[int], Any]] = {
    "mlp": mlp,
    "cnn": cnn,
    "rnn-attention": rnn_attention,
}
MODELS = {**FAST, **NETWORKS}
