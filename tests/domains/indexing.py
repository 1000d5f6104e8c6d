"""Reading and writing parts of arrays."""

import numpy as np

from autograd.rules.indexing import index, put, scatter_add
from calls import a_key, listed, plane, takes

REPEATED, MASK = np.array([0, 2, 0]), np.array([True, False, True])

DOMAINS = {
    index: [takes(plane, a_key), takes(plane, REPEATED, shapes=listed([(3,)], [(3, 2)]))],
    scatter_add: [
        takes(plane, REPEATED, (3, 2), shapes=listed([(3, 2)], [(3, 1)], [(2,)], [()])),
        takes(plane, (slice(None, None, -1), 1), (3, 2), shapes=listed([(3,)], [(1,)], [()])),
        takes(plane, (MASK, [0, 0]), (3, 2), shapes=listed([(2,)], [()])),
        takes(plane, MASK, (3, 0), shapes=listed([(2, 0)])),
    ],
    put: [
        takes(plane, REPEATED, plane, shapes=listed([(3, 2), (3, 2)], [(3, 2), (2,)], [(3,), ()])),
        takes(plane, (..., slice(0, 2)), plane, shapes=listed([(3, 3), (3, 2)], [(3,), (1,)])),
        takes(plane, MASK, plane, shapes=listed([(3, 2), (2, 2)], [(3,), (2,)], [(3, 0), ()])),
        takes(plane, (), plane, shapes=listed([(), ()], [(2, 3), (3,)])),
    ],
}
