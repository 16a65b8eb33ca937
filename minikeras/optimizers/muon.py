"""Muon: momentum made orthogonal, for matrices; Adam for everything else."""

import math
import re

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.elementwise import sqrt, square
from minikeras.backend.reduction import sum
from minikeras.backend.shaping import swapaxes
from minikeras.backend.xp import xp
from minikeras.optimizers.optimizer import Optimizer


class Muon(Optimizer):
    """Steps that are near to orthogonal matrices, for variables of rank 2.

    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the scaling by
    the sides of the matrix is that of Liu et al. 2025, "Muon is scalable for LLM training",
    section 2.2. With ``O`` five Newton-Schulz steps towards the nearest orthogonal matrix::

        m = momentum m + g
        w = w - lr O(g + momentum m) sqrt(max(n, k)) rms_rate      (nesterov; else O(m))

    Variables of other ranks, embeddings and excluded layers are trained by `AdamW`.

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for the arguments not told here.
        adam_beta_1, adam_beta_2, epsilon: those of `Adam`.
        adam_weight_decay: the weight decay of variables that Adam trains.
        weight_decay: the weight decay of the others.
        exclude_layers: regular expressions; variables in whose path one is found go to Adam.
        exclude_embeddings: whether variables with "embedding" in their path go to Adam.
        muon_a, muon_b, muon_c: the coefficients of a Newton-Schulz step.
        adam_lr_ratio: what the learning rate is multiplied by for Adam.
        momentum: the part of the old momentum in the new one.
        ns_steps: the number of Newton-Schulz steps.
        nesterov: whether to look one step of the momentum ahead.
        rms_rate: the root mean square of a step relative to the learning rate; None for no
            scaling by the sides.

    >>> import minikeras as keras
    >>> v = keras.Variable([[1.0, 0.0], [0.0, 1.0]])
    >>> g = keras.ops.array([[2.0, 0.0], [0.0, 2.0]])
    >>> keras.optimizers.Muon(learning_rate=0.1, weight_decay=None).apply([g], [v])
    >>> round(float(v[0, 0]), 3), float(v[0, 1])
    (0.969, 0.0)
    """

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.7750,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
        **kwargs,
    ):
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _should_use_adamw(self, variable):
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def build(self, var_list):
        """Make a momentum per variable, and a mean square where Adam trains it."""
        if self.built:
            return
        super().build(var_list)
        momentums, velocities = [], []
        for variable in var_list:
            m = v = None
            if not variable.overwrite_with_gradient:
                m = self.add_variable_from_reference(variable, name="momentum")
                if self._should_use_adamw(variable):
                    v = self.add_variable_from_reference(variable, name="velocity")
            momentums.append(m)
            velocities.append(v)
        self.momentums, self.adam_velocities = momentums, velocities

    def _apply_weight_decay(self, variables):
        for variable in variables:
            is_adam = self._should_use_adamw(variable)
            decay = self.adam_weight_decay if is_adam else self.weight_decay
            if decay is not None:
                self._decay(variable, decay)

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        index = self._get_variable_index(variable)
        m, v = self.momentums[index], self.adam_velocities[index]
        w, g, lr = self._operands(variable, gradient, learning_rate)
        if v is not None:
            self._adam_step(w, g, variable, lr * self.adam_lr_ratio, [m, v])
            return
        average = self._value(m)
        average = average + (g + average * (self.momentum - 1))
        self._replace(m, average)
        direction = g + self.momentum * average if self.nesterov else average
        step = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(direction, self.ns_steps))
        self._replace(variable, w - step)

    def _adam_step(self, w, g, variable, lr, slots):
        dtype = variable.dtype
        correction_2 = 1 - self._power_of(self.adam_beta_2, dtype)
        alpha = lr * sqrt(correction_2) / (1 - self._power_of(self.adam_beta_1, dtype))
        m = self._moved(slots[0], g, 1 - self.adam_beta_1)
        v = self._moved(slots[1], square(g), 1 - self.adam_beta_2)
        self._replace(variable, w - m * alpha / (sqrt(v) + self.epsilon))

    def transpose_last_axis(self, X):
        """``X`` with its last two axes exchanged."""
        return swapaxes(autodiff.plain(X), -1, -2)

    def lr_adjust(self, x):
        """The matrix ``x`` times the root of its longer side and ``rms_rate``."""
        if self.rms_rate is None:
            return x
        root = math.sqrt(max(x.shape[:2]))
        return x * xp.asarray(root, dtype=config.floatx()).astype(x.dtype) * self.rms_rate

    def zeropower_via_newtonschulz5(self, x, steps):
        """Near to the orthogonal matrix nearest to ``x``: its singular values brought near 1.

        Args:
            x: an array of shape ``(..., n, k)``.
            steps: how many Newton-Schulz steps to take.
        """
        x = autodiff.plain(x)
        if x.ndim < 2:
            raise ValueError(f"Muon works on matrices. Received: an array of shape {x.shape}")
        is_tall = x.shape[-2] > x.shape[-1]
        if is_tall:
            x = self.transpose_last_axis(x)
        norm = sqrt(sum(square(x), axis=(-2, -1), keepdims=True))
        # Singular values of at most 1, where the steps converge.
        x = x / (norm + 1e-7)
        for _ in range(steps):
            gram = x @ self.transpose_last_axis(x)
            x = self.muon_a * x + (self.muon_b * gram + self.muon_c * gram @ gram) @ x
        return self.transpose_last_axis(x) if is_tall else x
