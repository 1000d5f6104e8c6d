"""Matrix products."""

import numpy as np

from autograd import affine
from calls import listed, plane, takes

PRODUCTS = listed(
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
    ((2, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 1)),
    ((2, 2, 3), (3,)), ((1, 2, 3), (2, 3, 2)), ((2, 2, 2), (2, 2)), ((2, 2), (2, 2)),
    ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0,), (0,)), ((0, 2, 3), (3, 1)), ((2, 3), (0, 3, 1)),
)  # fmt: skip
LAYERS = listed(
    ((3,), (2, 3), (2,)), ((4, 3), (2, 3), (2,)), ((2, 1, 3), (2, 3), (2,)), ((0, 3), (2, 3), (2,)),
    ((1, 1), (1, 1), (1,)), ((2, 2), (2, 2), (2,)), ((2, 0), (2, 0), (2,)), ((2, 3), (0, 3), (0,)),
)  # fmt: skip

DOMAINS = {
    np.matmul: takes(plane, plane, shapes=PRODUCTS),
    affine: takes(plane, plane, plane, shapes=LAYERS),
}
