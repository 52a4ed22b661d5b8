"""A recipe: everything that decides what a training run gives, saved beside its result."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    ConfigDict,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
    WrapValidator,
)
from pydantic.dataclasses import dataclass

from training.common.errors import TrainingError
from training.face.recipe_fields import explain, keep_integers, within

STRICT: Final = ConfigDict(extra="forbid")
MIN_SIZE: Final = 16
"""Pixels along the edge of a model's input."""
PRECISIONS: Final = ("float32", "mixed_bfloat16")
"""Not `mixed_float16`: its small gradients would vanish without a scaled loss."""
FOR_SOME: Final = {
    "imagenet": ("vgg16", "resnet50v2", "efficientnet"),
    "attention": ("efficientnet",),
    "width": ("vgg16", "resnet50v2"),
}
"""Fields that only models of these names take up."""

Number = Annotated[StrictFloat, WrapValidator(keep_integers)]
Rate = Annotated[Number, within(0, 0.99)]
Part = Annotated[Number, within(0, 1)]
Positive = Annotated[Number, within(0, math.inf)]
Count = Annotated[StrictInt, within(1, math.inf)]


@dataclass(frozen=True, config=STRICT)
class Augmentation:
    """Ranges that each training face is changed within, uniformly, independently."""

    flip: StrictBool = True
    rotate: Annotated[Number, within(0, 180)] = 12.0
    """Degrees, either way."""
    zoom: Annotated[Number, within(0, 0.9)] = 0.12
    """Of the edge, in or out."""
    shift: Part = 0.08
    """Of the edge, along both axes."""
    brightness: Part = 0.15
    """Of the full range, added."""
    contrast: Part = 0.25
    """Factor on the distance from the face's mean, 1 - x to 1 + x."""
    erase: Part = 0.25
    """Probability that a rectangle is replaced by one grey (Zhong 2017, arXiv 1708.04896)."""


@dataclass(frozen=True, config=STRICT)
class Stage:
    """The input size from a point of the run on: small pictures first, which train faster."""

    start: Number
    """Progress of the run, 0 to 1, at which it begins."""
    size: StrictInt
    """Edge of the model's input in pixels."""


@dataclass(frozen=True, config=STRICT)
class CnnShape:
    """The shape of the plain network, which `training.search` looks for."""

    blocks: Annotated[StrictInt, within(1, 6)] = 4
    filters: Count = 64
    """Of the first block; each next one doubles them."""
    convolutions: Count = 2
    """In each block."""
    dense: Count = 256
    block_dropout: Rate = 0.1


@dataclass(frozen=True, config=STRICT)
class Recipe:
    """How a model is trained. `train` saves it as `recipe.json` in the run's folder."""

    model: StrictStr = "efficientnetb3"
    imagenet: StrictBool = False
    """Starts from ImageNet's weights where they can be downloaded; not `cnn`."""
    attention: StrictBool = False
    """Adds CBAM behind the backbone (Woo 2018, arXiv 1807.06521); EfficientNets only."""
    cnn: CnnShape = dataclasses.field(default_factory=CnnShape)
    width: Annotated[Number, within(1 / 64, 4)] = 1.0
    """Factor on the channels of `vgg16` and `resnet50v2`; narrow ones train first, fast."""
    dropout: Rate = 0.3
    drop_connect: Rate = 0.2
    """Rate at the last block, growing linearly from 0; EfficientNets only."""
    epochs: Count = 60
    batch_size: Count = 64
    learning_rate: Positive = 1e-3
    """At the end of the warm-up; a cosine brings it to `final_rate` of that at the end."""
    final_rate: Part = 0.01
    warm_up: Rate = 0.03
    """Part of the run over which the learning rate grows linearly from a tenth."""
    weight_decay: Part = 0.02
    ema: Annotated[Number, within(0, 0.99999)] = 0.998
    """Momentum of the average of the weights that is evaluated and kept."""
    label_smoothing: Part = 0.05
    class_weight: Part = 0.5
    """Power of (mean count / count of the class): 0 leaves all alike, 1 balances in full."""
    vote_mix: Part = 0.3
    """Part of the FER target that comes from what the FER+ votes say; see `targets`."""
    ferplus_weight: Positive = 0.5
    """Of the second head's loss, beside 1 for the first."""
    distil: Part = 0.0
    """Part of both heads' targets that comes from the teachers' probabilities, if given."""
    mixup: Positive = 0.0
    """Alpha of the blending of pairs of faces and their targets; see `trainer.Batches`."""
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    relax: Part = 0.5
    """Strength that augmentation falls to, linearly over the run; 1 keeps it as it is."""
    stages: tuple[Stage, ...] = (Stage(0.0, 64),)
    check_every: Count = 1
    """Epochs from one evaluation and checkpoint to the next; more where an epoch takes seconds."""
    precision: StrictStr = "float32"
    """Keras' dtype policy: `mixed_bfloat16` on a GPU."""
    seed: Annotated[StrictInt, within(0, 2**31 - 1)] = 1

    def __post_init__(self) -> None:
        """Check what no field can be checked for alone."""
        self._check_stages()
        for field, kinds in FOR_SOME.items():
            default = type(self).__dataclass_fields__[field].default
            if getattr(self, field) != default and not self.model.startswith(kinds):
                raise TrainingError(
                    f"recipe: {field} is for {' and '.join(kinds)}, not for {self.model}"
                )
        if self.imagenet and self.width != 1:
            raise TrainingError("recipe: imagenet has weights for a width of 1 only")
        if self.precision not in PRECISIONS:
            raise TrainingError(f"recipe: precision must be one of {', '.join(PRECISIONS)}")

    def _check_stages(self) -> None:
        starts = [stage.start for stage in self.stages]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] >= 1:
            raise TrainingError(
                "recipe: the first stage must start at 0, each next one later and before 1; they "
                f"start at {', '.join(map(str, starts)) or 'nothing'}"
            )
        smallest = min(stage.size for stage in self.stages)
        if smallest < MIN_SIZE:
            raise TrainingError(f"recipe: a stage's size must be {MIN_SIZE} pixels or more")
        if self.model == "cnn" and smallest < 2**self.cnn.blocks:
            raise TrainingError(
                f"recipe: cnn's {self.cnn.blocks} blocks halve {smallest} pixels to nothing"
            )

    def rate_at(self, progress: float) -> float:
        """Return the learning rate at a point of the run, 0 to 1: warm-up, then cosine."""
        if progress < self.warm_up:
            return self.learning_rate * (0.1 + 0.9 * progress / self.warm_up)
        after = min(1.0, (progress - self.warm_up) / (1 - self.warm_up))
        cosine = 0.5 * (1 + math.cos(math.pi * after))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * cosine)

    def size_at(self, progress: float) -> int:
        """Return the input size in pixels at a point of the run, 0 to 1."""
        return [stage.size for stage in self.stages if stage.start <= progress][-1]

    def strength_at(self, progress: float) -> float:
        """Return the factor on the augmentation's ranges at a point of the run, 0 to 1."""
        return 1 + (self.relax - 1) * min(1.0, progress)

    def to_json(self) -> str:
        """Return the recipe as JSON text that `from_mapping` takes back."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_mapping(cls, fields: Any) -> "Recipe":
        """Build a recipe from parsed JSON.

        Raises:
            TrainingError: it is no object, a key is unknown, or a value is not of its kind or
                beyond its limits.
        """
        try:
            return TypeAdapter(cls).validate_python(fields)
        except ValidationError as error:
            raise TrainingError(f"recipe: {explain(cls, error)}") from error

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """Read a recipe from a JSON file.

        Raises:
            TrainingError: it cannot be read, or as `from_mapping`.
        """
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingError(f"recipe: cannot read '{path}': {error}") from error
        return cls.from_mapping(fields)
