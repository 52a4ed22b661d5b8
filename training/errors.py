"""The one error of this layer: a message of one sentence for the person who trains."""

from errors import AffectuneError


class TrainingError(AffectuneError):
    """A data set, recipe, checkpoint or model cannot be used as it is."""

    code = "bad_training"
    exit_code = 7
