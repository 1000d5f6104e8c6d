"""New arrays from the numbers in others."""

import io

import numpy as np

from autograd.testing.strategies import alike, plane, positive, real
from calls import a_flag, order, shaped, takes


def filled(f, x, **options):
    return f(np.stack([x, x]), x, **options)  # NumPy asks the first argument only


DOMAINS = {
    np.full_like: [
        takes(plane, via=filled),
        takes(real, dtype=complex, order=order, subok=a_flag, via=filled),
        takes(plane, shape=(2, 3), via=filled, shapes=[[()], [(3,)], [(2, 1)]]),
    ],
    np.linspace: [
        takes(plane, plane, 4, endpoint=a_flag),
        takes(real, real, 1, axis=-1),
        takes(real, real, 3, retstep=True, axis=-1),
        takes(real, real, 3, dtype=complex, axis=1, shapes=shaped(1)),
    ],
    np.logspace: [
        takes(real, real, 3, endpoint=a_flag, base=2.0),
        takes(
            real,
            real,
            positive,
            shapes=alike,
            ties=False,
            via=lambda f, x, y, b: f(x, y, 3, base=b),
        ),
    ],
    np.geomspace: [
        takes(positive, positive, 4, endpoint=a_flag),
        takes(positive, positive, 3, dtype=complex, axis=-1),
    ],
}

CONSTANTS = {
    np.can_cast: lambda x: (x.dtype, x.dtype),
    np.common_type: lambda x: (x, x),
    np.save: lambda x: (io.BytesIO(), x),
    np.savetxt: lambda x: (io.BytesIO(), x),
    np.savez: lambda x: (io.BytesIO(), x),
    np.savez_compressed: lambda x: (io.BytesIO(), x),
}
