"""In what pictures of Keras 1.2, of 2.3 and of what TensorFlow brought later differ."""

import dataclasses

from minikeras.legacy.era import era


@dataclasses.dataclass(frozen=True)
class Manner:
    """How an era moved and standardized pictures.

    Attributes:
        middle: what is added to half of a side to give the fixed point of a transformation.
        swaps: whether angles turn the other way round, shears run along the other axis and zooms
            change sides: coordinates are ``(column, row)`` then rather than ``(row, column)``.
        shear_in_degrees: whether shears are stated in degrees rather than radians.
        epsilon: what is added to a standard deviation before dividing.
        by_channel: whether single pictures are standardized over their channels at each place,
            rather than over all values.
        stretches: whether a change of brightness begins with stretching values from 0 to 255.
        rescales_in_fit: whether `ImageDataGenerator.fit` looks at rescaled pictures.
    """

    middle: float
    swaps: bool
    shear_in_degrees: bool
    epsilon: float
    by_channel: bool
    stretches: bool
    rescales_in_fit: bool


MANNERS = {
    1: Manner(0.5, False, False, 1e-7, True, True, False),
    2: Manner(0.5, False, True, 1e-6, False, True, False),
    3: Manner(-0.5, True, True, 1e-6, False, False, True),
}


def manner():
    """The manner of the era in force; 3 is that of tf.keras at last and of Keras 3's own files."""
    return MANNERS[era()]
