"""Facial actions, and the expressions they make up."""

from typing import NamedTuple


class Action(NamedTuple):
    """Strength of each facial action, 0 (relaxed) to 1 (as strong as a face can).

    Numbered as in the Facial Action Coding System (FACS: Ekman & Friesen 1978; Ekman, Friesen &
    Hager 2002).
    """

    inner_brow_raise: float = 0.0  # AU 1
    outer_brow_raise: float = 0.0  # AU 2
    brow_lower: float = 0.0  # AU 4
    upper_lid_raise: float = 0.0  # AU 5
    cheek_raise: float = 0.0  # AU 6
    lid_tighten: float = 0.0  # AU 7
    nose_wrinkle: float = 0.0  # AU 9
    upper_lip_raise: float = 0.0  # AU 10
    lip_corner_pull: float = 0.0  # AU 12
    lip_corner_depress: float = 0.0  # AU 15
    lower_lip_depress: float = 0.0  # AU 16
    chin_raise: float = 0.0  # AU 17
    lip_stretch: float = 0.0  # AU 20
    lip_tighten: float = 0.0  # AU 23, 24
    lips_part: float = 0.0  # AU 25
    jaw_drop: float = 0.0  # AU 26, 27
    eyes_close: float = 0.0  # AU 43, 45
    eyes_down: float = 0.0  # AU 64


# fmt: off
ACTIONS = {
    "neutral": Action(lip_corner_pull=0.1, brow_lower=0.1),
    "happy": Action(
        outer_brow_raise=0.1, cheek_raise=1.0, lid_tighten=0.2, upper_lip_raise=0.5,
        lip_corner_pull=1.0, lips_part=0.65,
    ),
    "surprise": Action(
        inner_brow_raise=0.9, outer_brow_raise=0.95, upper_lid_raise=0.8, lips_part=0.4,
        jaw_drop=0.8,
    ),
    "sad": Action(
        inner_brow_raise=1.0, brow_lower=0.3, cheek_raise=0.5, lid_tighten=0.45,
        upper_lip_raise=0.2, lip_corner_depress=0.75, lip_stretch=0.5, lip_tighten=0.7,
        eyes_close=0.4, eyes_down=0.85,
    ),
    "fear": Action(
        inner_brow_raise=1.0, brow_lower=0.35, upper_lid_raise=0.9, lid_tighten=0.1,
        upper_lip_raise=0.55, lip_corner_depress=0.45, lower_lip_depress=0.55, lip_stretch=1.0,
        lips_part=0.85, jaw_drop=0.35,
    ),
    "angry": Action(
        outer_brow_raise=0.25, brow_lower=1.0, upper_lid_raise=0.75, cheek_raise=0.35,
        lid_tighten=0.9, nose_wrinkle=0.8, upper_lip_raise=0.75, lip_corner_depress=0.6,
        lower_lip_depress=0.7, chin_raise=0.35, lips_part=1.0, jaw_drop=0.2,
    ),
}
# fmt: on
"""How each expression is made, and the order in which they are shown.

Begun from the prototypes of Ekman & Friesen (Unmasking the Face, 1975; EMFACS), then moved by
random search within bounds that keep each recognisable to a person: towards the mean log
probability of the emotion over shifted, scaled, tilted, mirrored, blurred and noisy crops, as
the first shipped model's FER2013 and FER+ heads and a separate HOG classifier of FER2013 gave it.
"""
