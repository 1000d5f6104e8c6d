"""What to feed a function, as Hypothesis draws it and makes it simpler when something fails.

    @given(arrays(positive, shape=(2, 3), layout=layouts()))
    def test_my_operation(x): check_grads(my_operation, x)

What is in an array:     real, plane, positive, right_plane, flags; on_kinks, tied, with_zeros;
                         Numbers(low, high), Chosen(numbers), Made(function)
Matrices:                symmetric, positive_definite, well_conditioned, ill_conditioned,
                         orthogonal, singular, equal_eigenvalues
Arrays:                  arrays, dtypes, layouts
Shapes:                  shapes, broadcastable, alike, squares
Axes, index expressions: axis, axes, indices
Functions of arrays:     programs, random graphs of operations; networks, with their data

`plane` and `right_plane` are `real` and `positive` or, in half of the calls, complex.
"""

from autograd.testing.strategies.arrays import arrays, dtypes, layouts
from autograd.testing.strategies.choices import axes, axis, indices
from autograd.testing.strategies.matrices import (
    equal_eigenvalues,
    ill_conditioned,
    orthogonal,
    positive_definite,
    singular,
    squares,
    symmetric,
    well_conditioned,
)
from autograd.testing.strategies.networks import networks
from autograd.testing.strategies.programs import programs
from autograd.testing.strategies.shapes import alike, broadcastable, shapes
from autograd.testing.strategies.values import (
    Chosen,
    Flags,
    Made,
    Numbers,
    Values,
    flags,
    on_kinks,
    plane,
    positive,
    real,
    right_plane,
    tied,
    with_zeros,
)

__all__ = [
    "Chosen", "Flags", "Made", "Numbers", "Values",
    "flags", "on_kinks", "plane", "positive", "real", "right_plane", "tied", "with_zeros",
    "equal_eigenvalues", "ill_conditioned", "orthogonal", "positive_definite", "singular",
    "symmetric", "well_conditioned",
    "alike", "arrays", "axes", "axis", "broadcastable", "dtypes", "indices", "layouts", "shapes",
    "squares",
    "networks", "programs",
]  # fmt: skip
