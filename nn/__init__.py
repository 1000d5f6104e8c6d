"""Multi-layer perceptrons on autograd."""
