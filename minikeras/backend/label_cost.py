"""The cross-entropy of probabilities and integer labels, in one primitive and one for its gradient.

Each label looks at one probability of its row, so most of what small primitives would compute of
all classes, there and on the way back, is not needed; and of a small network's training step the
calls of these took longer than its layers.
"""

from minikeras.backend import reduction
from minikeras.backend.autodiff import primitive
from minikeras.backend.bounds import at_least, at_most
from minikeras.backend.elementwise import clip, log, multiply, negative, true_divide
from minikeras.backend.indexing import place_along, take_along_axis
from minikeras.backend.logic import equal
from minikeras.backend.shaping import expand_dims, reshape
from minikeras.backend.transforms import vjp
from minikeras.backend.xp import xp


@primitive
def label_cost(probabilities, labels, *, epsilon):
    """``-log(p)`` of the label's share in the sum of its row; 0 for labels that are no class.

    Args:
        probabilities: floats, the classes along the last axis.
        labels: integers of that shape without the last axis.
        epsilon: shares are held between this and 1 less it.
    """
    _, share, _, is_class = _looked_up(probabilities, labels)
    cost = xp.negative(xp.log(_held(share, epsilon)))
    return cost.reshape(labels.shape) * is_class


label_cost.rules(
    lambda out, probabilities, labels, *, epsilon: (
        lambda g: label_cost_slope(probabilities, labels, g, epsilon=epsilon)
    )
)


@primitive
def label_cost_slope(probabilities, labels, g, *, epsilon):
    """The gradient of `label_cost` by the probabilities, given that of the cost."""
    place, share, total, is_class = _looked_up(probabilities, labels)
    held = _held(share, epsilon)
    slope = (g * is_class)[..., None] / held
    slope *= held == share  # nothing where it was held
    slope /= total
    others = slope * share
    out = xp.empty(probabilities.shape, probabilities.dtype)
    out[...] = others
    out[place] = others - slope
    return out


def _looked_up(probabilities, labels):
    """Where the labels' probabilities stand, their shares, the sums, and which are a class."""
    classes = probabilities.shape[-1]
    labels = labels.astype("int64", copy=False)
    known = xp.minimum(xp.maximum(labels, 0), classes - 1)
    place = place_along(known[..., None], probabilities.shape, -1)
    total = reduction.total(probabilities, (probabilities.ndim - 1,))
    return place, probabilities[place] / total, total, known == labels


def _held(share, epsilon):
    return at_most(at_least(share, epsilon), 1.0 - epsilon)


def composed(probabilities, labels, *, epsilon):
    """What `label_cost` computes, of one primitive for each step."""
    known = clip(labels, 0, probabilities.shape[-1] - 1)
    total = reduction.sum(probabilities, axis=-1, keepdims=True)
    logs = log(clip(true_divide(probabilities, total), epsilon, 1.0 - epsilon))
    chosen = take_along_axis(logs, expand_dims(known, -1), axis=-1)
    return multiply(negative(reshape(chosen, shape=labels.shape)), equal(known, labels))


@label_cost_slope.joint_rule
def _(out, probabilities, labels, g, *, epsilon):
    def gradient(probabilities, g):
        def cost(p):
            return composed(p, labels, epsilon=epsilon)

        return vjp(cost, probabilities)[1](g)[0]

    def way_back(gg):
        of_probabilities, of_g = vjp(gradient, probabilities, g)[1](gg)
        return of_probabilities, None, of_g

    return way_back
