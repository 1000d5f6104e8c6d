"""Pictures of learning: how the loss fell, what a network does to the plane, what its layers give.

Each function draws on the Axes `ax`, or on those of a new figure, and returns the Axes: save them
by `ax.figure.savefig("picture.png")`. A figure of several looks best with a layout:
`plt.subplots(3, 2, layout="constrained")`; in one without, the Axes are put further apart where
titles and labels need it. Nothing of pyplot's global state is touched.
Colours are never the only sign: markers, dashes, hatches and words say the same in grey. All need
Matplotlib: `pip install matplotlib`.
"""

from nn.pictures.curves import learning_curves
from nn.pictures.health import layer_health
from nn.pictures.layers import activation_histograms, dead_relus, gradient_histograms
from nn.pictures.plane import decision_boundary, hidden_neurons

__all__ = [
    "learning_curves",
    "decision_boundary",
    "hidden_neurons",
    "activation_histograms",
    "gradient_histograms",
    "dead_relus",
    "layer_health",
]
