"""A recipe: everything that decides what a training run gives, saved beside its result."""

import dataclasses
import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from training.common.errors import TrainingError


@dataclass(frozen=True)
class Augmentation:
    """Ranges that each training face is changed within, uniformly, independently."""

    flip: bool = True
    rotate: float = 12.0
    """Degrees, either way."""
    zoom: float = 0.12
    """Of the edge, in or out."""
    shift: float = 0.08
    """Of the edge, along both axes."""
    brightness: float = 0.15
    """Of the full range, added."""
    contrast: float = 0.25
    """Factor on the distance from the face's mean, 1 - x to 1 + x."""
    erase: float = 0.25
    """Probability that a rectangle is replaced by one grey (Zhong 2017, arXiv 1708.04896)."""


@dataclass(frozen=True)
class Stage:
    """The input size from a point of the run on: small pictures first, which train faster."""

    start: float
    """Progress of the run, 0 to 1, at which it begins."""
    size: int
    """Edge of the model's input in pixels."""


@dataclass(frozen=True)
class CnnShape:
    """The shape of the plain network, which `training.search` looks for."""

    blocks: int = 4
    filters: int = 64
    """Of the first block; each next one doubles them."""
    convolutions: int = 2
    """In each block."""
    dense: int = 256
    block_dropout: float = 0.1


SMALLEST: Final = 16
LIMITS: Final = {
    "epochs": (1, math.inf),
    "batch_size": (1, math.inf),
    "check_every": (1, math.inf),
    "width": (1 / 64, 4),
    "dropout": (0, 0.99),
    "drop_connect": (0, 0.99),
    "learning_rate": (0, math.inf),
    "final_rate": (0, 1),
    "warm_up": (0, 0.99),
    "weight_decay": (0, 1),
    "ema": (0, 0.99999),
    "label_smoothing": (0, 1),
    "class_weight": (0, 1),
    "vote_mix": (0, 1),
    "ferplus_weight": (0, math.inf),
    "distil": (0, 1),
    "mixup": (0, math.inf),
    "relax": (0, 1),
    "seed": (0, 2**31 - 1),
}
"""Fields of a recipe, with their least and greatest value."""
AUGMENTATION_LIMITS: Final = {
    "rotate": (0, 180),
    "zoom": (0, 0.9),
    "shift": (0, 1),
    "brightness": (0, 1),
    "contrast": (0, 1),
    "erase": (0, 1),
}
CNN_LIMITS: Final = {
    "blocks": (1, 6),
    "filters": (1, math.inf),
    "convolutions": (1, math.inf),
    "dense": (1, math.inf),
    "block_dropout": (0, 0.99),
}
KINDS: Final[dict[Any, Any]] = {bool: bool, int: int, float: int | float, str: str}
"""What JSON may give for a field's type."""
PRECISIONS: Final = ("float32", "mixed_bfloat16")
"""Not `mixed_float16`: its small gradients would vanish without a scaled loss."""
FOR_SOME: Final = {
    "imagenet": ("vgg16", "resnet50v2", "efficientnet"),
    "attention": ("efficientnet",),
    "width": ("vgg16", "resnet50v2"),
}
"""Fields that only models of these names take up."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. `train` saves it as `recipe.json` in the run's folder."""

    model: str = "efficientnetb3"
    imagenet: bool = False
    """Starts from ImageNet's weights where they can be downloaded; not `cnn`."""
    attention: bool = False
    """Adds CBAM behind the backbone (Woo 2018, arXiv 1807.06521); EfficientNets only."""
    cnn: CnnShape = dataclasses.field(default_factory=CnnShape)
    width: float = 1.0
    """Factor on the channels of `vgg16` and `resnet50v2`; narrow ones train first, fast."""
    dropout: float = 0.3
    drop_connect: float = 0.2
    """Rate at the last block, growing linearly from 0; EfficientNets only."""
    epochs: int = 60
    batch_size: int = 64
    learning_rate: float = 1e-3
    """At the end of the warm-up; a cosine brings it to `final_rate` of that at the end."""
    final_rate: float = 0.01
    warm_up: float = 0.03
    """Part of the run over which the learning rate grows linearly from a tenth."""
    weight_decay: float = 0.02
    ema: float = 0.998
    """Momentum of the average of the weights that is evaluated and kept."""
    label_smoothing: float = 0.05
    class_weight: float = 0.5
    """Power of (mean count / count of the class): 0 leaves all alike, 1 balances in full."""
    vote_mix: float = 0.3
    """Part of the FER target that comes from what the FER+ votes say; see `targets`."""
    ferplus_weight: float = 0.5
    """Of the second head's loss, beside 1 for the first."""
    distil: float = 0.0
    """Part of both heads' targets that comes from the teachers' probabilities, if given."""
    mixup: float = 0.0
    """Alpha of the blending of pairs of faces and their targets; see `trainer.Batches`."""
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    relax: float = 0.5
    """Strength that augmentation falls to, linearly over the run; 1 keeps it as it is."""
    stages: tuple[Stage, ...] = (Stage(0.0, 64),)
    check_every: int = 1
    """Epochs from one evaluation and checkpoint to the next; more where an epoch takes seconds."""
    precision: str = "float32"
    """Keras' dtype policy: `mixed_bfloat16` on a GPU."""
    seed: int = 1

    def __post_init__(self) -> None:
        starts = [stage.start for stage in self.stages]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] >= 1:
            raise TrainingError(
                "recipe: the first stage must start at 0, each next one later and before 1; they "
                f"start at {', '.join(map(str, starts)) or 'nothing'}"
            )
        _check_limits(self, LIMITS)
        _check_limits(self.augmentation, AUGMENTATION_LIMITS, "augmentation's ")
        _check_limits(self.cnn, CNN_LIMITS, "cnn's ")
        smallest = min(stage.size for stage in self.stages)
        if smallest < SMALLEST:
            raise TrainingError(f"recipe: a stage's size must be {SMALLEST} pixels or more")
        if self.model == "cnn" and smallest < 2**self.cnn.blocks:
            raise TrainingError(
                f"recipe: cnn's {self.cnn.blocks} blocks halve {smallest} pixels to nothing"
            )
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
            TrainingError: it is no object, a key is unknown, or a value is not of its kind.
        """
        values = _checked(cls, "recipe", fields)
        for name, kind in (("augmentation", Augmentation), ("cnn", CnnShape)):
            if name in values:
                values[name] = kind(**_checked(kind, name, values[name]))
        if "stages" in values:
            if not isinstance(values["stages"], list | tuple):
                raise TrainingError(f"recipe: stages must be a list; found {values['stages']!r}")
            stages = [_checked(Stage, "stages", stage) for stage in values["stages"]]
            if not all(set(stage) == {"start", "size"} for stage in stages):
                raise TrainingError("recipe: each of the stages must have a start and a size")
            values["stages"] = tuple(Stage(**stage) for stage in stages)
        return cls(**values)

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


def _check_limits(fields: Any, limits: Mapping[str, tuple[float, float]], owner: str = "") -> None:
    for name, (least, most) in limits.items():
        value = getattr(fields, name)
        if not least <= value <= most:
            raise TrainingError(f"recipe: {owner}{name} must be {least} to {most}; it is {value}")


def _checked(kind: type, name: str, fields: Any) -> dict[str, Any]:
    """Return what JSON gives for `kind`, its keys and the types of their values checked."""
    if not isinstance(fields, Mapping):
        raise TrainingError(f"recipe: {name} must be an object of keys; found {fields!r}")
    known: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(kind)}
    for key, value in fields.items():
        if key not in known:
            close = difflib.get_close_matches(key, list(known), n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise TrainingError(f"recipe: unknown key '{key}'{hint}")
        expected = KINDS.get(known[key], object)
        if not isinstance(value, expected) or (isinstance(value, bool) and known[key] is not bool):
            raise TrainingError(
                f"recipe: {key} must be of type {known[key].__name__}; found {value!r}"
            )
    return dict(fields)
