"""The learning-rate policies of Caffe, by the names that its solvers know them by.

Below, ``i`` is the number of updates before, counted from 0 at the beginning of training.
"""

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.elementwise import exp, maximum, power
from minikeras.backend.logic import floor
from minikeras.ops.arguments import tensor
from minikeras.optimizers.schedules import LearningRateSchedule
from minikeras.serialization import register_keras_serializable


class Policy(LearningRateSchedule):
    """The base of the policies: a subclass defines ``rate(i)``.

    Args:
        base_lr: the base learning rate.
        start: the number of updates that the optimizer had made when training began.
    """

    def __init__(self, base_lr, start=0):
        self.base_lr = base_lr
        self.start = start

    def __call__(self, step):
        """The learning rate of a step of the optimizer."""
        i = tensor(autodiff.plain(step), config.floatx()) - self.start
        return tensor(self.rate(i), config.floatx())

    def rate(self, i):
        """The learning rate of update ``i``, an array of rank 0."""
        raise TypeError(f"{type(self).__name__} must define rate(i)")


@register_keras_serializable("minikeras")
class FixedPolicy(Policy):
    """``base_lr`` at all times.

    Args:
        base_lr, start: as of `Policy`.

    >>> float(FixedPolicy(0.5)(7))
    0.5
    """

    def rate(self, i):
        """The learning rate of update ``i``."""
        return self.base_lr


@register_keras_serializable("minikeras")
class StepPolicy(Policy):
    """``base_lr * gamma ** floor(i / stepsize)``: the rate falls in jumps.

    Args:
        base_lr, start: as of `Policy`.
        gamma: the factor of each jump.
        stepsize: updates between two jumps.

    >>> [float(StepPolicy(1.0, gamma=0.5, stepsize=10)(i)) for i in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """

    def __init__(self, base_lr, gamma, stepsize, start=0):
        super().__init__(base_lr, start)
        self.gamma = gamma
        self.stepsize = stepsize

    def rate(self, i):
        """The learning rate of update ``i``."""
        gamma = tensor(self.gamma, config.floatx())
        return self.base_lr * power(gamma, floor(i / self.stepsize))


@register_keras_serializable("minikeras")
class ExpPolicy(Policy):
    """``base_lr * gamma ** i``.

    Args:
        base_lr, start: as of `Policy`.
        gamma: the factor of each update.

    >>> float(ExpPolicy(1.0, gamma=0.5)(3))
    0.125
    """

    def __init__(self, base_lr, gamma, start=0):
        super().__init__(base_lr, start)
        self.gamma = gamma

    def rate(self, i):
        """The learning rate of update ``i``."""
        return self.base_lr * power(tensor(self.gamma, config.floatx()), i)


@register_keras_serializable("minikeras")
class InvPolicy(Policy):
    """``base_lr * (1 + gamma * i) ** -power``; with power 1 what ``decay`` of Keras 2 did.

    Args:
        base_lr, start: as of `Policy`.
        gamma: how fast the rate falls.
        power: the exponent.

    >>> float(InvPolicy(1.0, gamma=1.0, power=2.0)(1))
    0.25
    """

    def __init__(self, base_lr, gamma, power, start=0):
        super().__init__(base_lr, start)
        self.gamma = gamma
        self.power = power

    def rate(self, i):
        """The learning rate of update ``i``."""
        return self.base_lr * power(1 + self.gamma * i, tensor(-self.power, config.floatx()))


@register_keras_serializable("minikeras")
class PolyPolicy(Policy):
    """``base_lr * (1 - i / max_iter) ** power``, which is 0 from ``max_iter`` on.

    Args:
        base_lr, start: as of `Policy`.
        power: the exponent.
        max_iter: when the rate is 0.

    >>> [float(PolyPolicy(1.0, power=2.0, max_iter=10)(i)) for i in (0, 5, 10, 20)]
    [1.0, 0.25, 0.0, 0.0]
    """

    def __init__(self, base_lr, power, max_iter, start=0):
        super().__init__(base_lr, start)
        self.power = power
        self.max_iter = max_iter

    def rate(self, i):
        """The learning rate of update ``i``."""
        left = maximum(1 - i / self.max_iter, tensor(0, config.floatx()))
        return self.base_lr * power(left, tensor(self.power, config.floatx()))


@register_keras_serializable("minikeras")
class SigmoidPolicy(Policy):
    """``base_lr / (1 + exp(-gamma * (i - stepsize)))``: a smooth step, downwards for gamma < 0.

    Args:
        base_lr, start: as of `Policy`.
        gamma: how steep it is.
        stepsize: the update where the rate is one half of ``base_lr``.

    >>> float(SigmoidPolicy(1.0, gamma=-0.5, stepsize=10)(10))
    0.5
    """

    def __init__(self, base_lr, gamma, stepsize, start=0):
        super().__init__(base_lr, start)
        self.gamma = gamma
        self.stepsize = stepsize

    def rate(self, i):
        """The learning rate of update ``i``."""
        return self.base_lr / (1 + exp(-self.gamma * (i - self.stepsize)))


# Name -> the class, and which of the settings it takes.
POLICIES = {
    "exp": (ExpPolicy, ("gamma",)),
    "fixed": (FixedPolicy, ()),
    "inv": (InvPolicy, ("gamma", "power")),
    "poly": (PolyPolicy, ("power", "max_iter")),
    "sigmoid": (SigmoidPolicy, ("gamma", "stepsize")),
    "step": (StepPolicy, ("gamma", "stepsize")),
}


def policy(name, base_lr, **settings):
    """The policy of a name.

    Args:
        name: ``"step"``, ``"fixed"``, ``"exp"``, ``"inv"``, ``"poly"`` or ``"sigmoid"``.
        base_lr: the base learning rate.
        **settings: ``gamma``, ``stepsize``, ``power``, ``max_iter`` and ``start``; those that the
            policy has no use for are left out.

    Raises:
        ValueError: for an unknown name, or where a setting is missing.

    >>> float(policy("inv", 0.1, gamma=1.0, power=1.0)(1))
    0.05000000074505806
    """
    if name not in POLICIES:
        raise ValueError(f"lr_policy must be one of {sorted(POLICIES)}. Received: {name!r}")
    made, wanted = POLICIES[name]
    missing = [n for n in wanted if settings.get(n) is None]
    if missing:
        raise ValueError(f"lr_policy={name!r} needs {' and '.join(missing)}. Received: None")
    found = {n: float(settings[n]) for n in wanted}
    return made(float(base_lr), **found, start=settings.get("start", 0))
