"""scipy.signal, where SciPy is installed."""

from importlib.util import find_spec

from autograd.testing.strategies import plane
from calls import one_of, takes

DOMAINS = {}


mode = one_of("full", "same", "valid")
SIGNALS = [
    [(4,), (2,)],
    [(2,), (3,)],
    [(3,), (3,)],
    [(3, 3), (2, 1)],
    [(1, 2), (2, 2)],
    [(1,), (1,)],
]

if find_spec("scipy") is not None:
    import autograd.scipy.signal as signal

    DOMAINS |= {
        signal.convolve: [
            takes(plane, plane, mode=mode, method=one_of("auto", "direct", "fft"), shapes=SIGNALS),
            takes(plane, plane, mode, shapes=SIGNALS),
            takes(
                plane,
                plane,
                axes=([2], [-1]),
                dot_axes=([1], [0]),
                mode=mode,
                shapes=[[(2, 2, 3), (2, 1, 2)], [(1, 2, 2), (2, 2, 3)]],
            ),
            takes(
                plane,
                plane,
                axes=([0, 2], [2, 0]),
                mode=mode,
                shapes=[[(2, 2, 2), (1, 2, 2)], [(1, 2, 2), (2, 1, 3)]],
            ),
        ],
        signal.fftconvolve: [
            takes(plane, plane, mode, shapes=SIGNALS),
            takes(plane, plane, mode, axes=-1, shapes=[[(2, 3), (1, 2)], [(1, 2), (2, 2)]]),
        ],
        signal.correlate: takes(
            plane, plane, mode, method=one_of("auto", "direct", "fft"), shapes=SIGNALS
        ),
    }
