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
        cheek_raise=0.9, lid_tighten=0.1, upper_lip_raise=0.3, lip_corner_pull=1.0, lips_part=0.9,
    ),
    "surprise": Action(
        inner_brow_raise=0.9, outer_brow_raise=0.95, upper_lid_raise=0.8, lips_part=0.4,
        jaw_drop=0.8,
    ),
    "sad": Action(
        inner_brow_raise=1.0, brow_lower=0.4, cheek_raise=0.6, lid_tighten=0.3,
        lip_corner_depress=1.0, chin_raise=0.2, lip_tighten=0.4, eyes_close=0.35, eyes_down=0.9,
    ),
    "fear": Action(
        inner_brow_raise=1.0, brow_lower=0.45, upper_lid_raise=1.0, upper_lip_raise=0.35,
        lip_corner_depress=0.35, lower_lip_depress=0.4, lip_stretch=1.0, lips_part=0.9,
        jaw_drop=0.35,
    ),
    "angry": Action(
        outer_brow_raise=0.35, brow_lower=1.0, upper_lid_raise=0.6, cheek_raise=0.35,
        lid_tighten=0.85, nose_wrinkle=0.9, upper_lip_raise=0.75, lip_corner_depress=0.6,
        lower_lip_depress=0.65, lips_part=1.0, jaw_drop=0.25,
    ),
}
# fmt: on
