"""Peak memory of forty `y + 1.0` on an 8 MB array, over what was in use at the start.

    python benchmarks/memory.py

An addition's rule asks for nothing, so a node keeps nothing: the peak is the array being read and
the one being written. A library whose nodes keep their inputs needs 41 of them, 328 MB.
"""

import sys
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from autograd import Tensor


def main() -> None:
    x = Tensor(np.ones(1_000_000), requires_grad=True)
    tracemalloc.start()
    y = x
    for _ in range(40):
        y = y + 1.0
    peak = tracemalloc.get_traced_memory()[1]
    print(f"forty y + 1.0 on 8 MB: peak {peak / 1e6:.1f} MB over the start (at most 20)")
    y.sum().backward()
    assert x.grad is not None
    assert (x.grad == 1).all()


if __name__ == "__main__":
    main()
