"""Adafactor: squared gradients remembered as rows and columns."""

from minikeras.backend.elementwise import maximum, minimum, power, sqrt, square
from minikeras.backend.reduction import mean
from minikeras.backend.variables import Variable
from minikeras.backend.xp import xp
from minikeras.optimizers.optimizer import Optimizer


class Adafactor(Optimizer):
    """Mean squares of gradients kept as a product of row means and column means.

    Shazeer and Stern 2018, "Adafactor: adaptive learning rates with sublinear memory cost",
    algorithms 4 and 5. With ``b = 1 - t^beta_2_decay`` and ``s = g^2 + epsilon_1``::

        r = b r + (1 - b) mean(s, last axis)
        c = b c + (1 - b) mean(s, last axis but one)
        v = r c / mean(r)                              (a vector: v = b v + (1 - b) s)
        u = g / sqrt(v)
        w = w - max(epsilon_2, rms(w)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / clip_threshold)

    Args:
        learning_rate: ``lr``, the largest relative step; see `Optimizer` for schedules and for all
            other arguments.
        beta_2_decay: how fast the averages come to a rest, below 0.
        epsilon_1: what is added to squared gradients.
        epsilon_2: the least size that a variable is taken to have.
        clip_threshold: the largest root mean square of ``u``.
        relative_step: whether the learning rate falls at least as ``1 / sqrt(t)``.

    >>> import minikeras as keras
    >>> v = keras.Variable([[1.0, 1.0]])
    >>> keras.optimizers.Adafactor(learning_rate=0.1).apply([keras.ops.array([[2.0, 2.0]])], [v])
    >>> [round(x, 4) for x in keras.ops.convert_to_numpy(v)[0].tolist()]
    [0.9, 0.9]
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        relative_step=True,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, var_list):
        """Make means of rows, of columns, and their product per variable."""
        if self.built:
            return
        super().build(var_list)
        self._r, self._c, self._v = [], [], []
        for variable in var_list:
            r, c, v = self._made_slots(variable)
            self._r.append(r)
            self._c.append(c)
            self._v.append(v)

    def _made_slots(self, variable):
        if len(variable.shape) < 2:
            # Nothing to factor; files of Keras hold a number in place of rows and columns.
            r, c = (
                Variable(0, dtype="int32", name=variable.name, trainable=False) for _ in range(2)
            )
            self._track_variable(r)
            self._track_variable(c)
        elif variable.overwrite_with_gradient:
            r = c = None
        else:
            *rest, _, columns = shape = variable.shape
            r, c = (
                self.add_variable(shape=side, dtype=variable.dtype, name=variable.name)
                for side in (shape[:-1], (*rest, columns))
            )
        if variable.overwrite_with_gradient:
            return r, c, None
        return r, c, self.add_variable_from_reference(variable, name="velocity")

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        dtype = variable.dtype
        step = self._local_step(dtype)
        rate = minimum(lr, 1 / sqrt(step))
        alpha = maximum(xp.asarray(self.epsilon_2, dtype=dtype), _rms(w)) * rate
        b = 1 - power(step, self.beta_2_decay)
        squares = square(g) + self.epsilon_1
        index = self._get_variable_index(variable)
        if len(variable.shape) < 2:
            v = self._averaged(self._v[index], squares, b)
        else:
            r = self._averaged(self._r[index], mean(squares, axis=-1), b)
            c = self._averaged(self._c[index], mean(squares, axis=-2), b)
            r = r / mean(r, axis=-1, keepdims=True)
            v = r[..., None] * c[..., None, :]
            self._replace(self._v[index], v)
        u = g / sqrt(v)
        u = u / maximum(xp.asarray(1, dtype=dtype), _rms(u) / self.clip_threshold)
        self._replace(variable, w - alpha * u)

    def _averaged(self, slot, values, b):
        new = b * self._value(slot) + (1 - b) * values
        self._replace(slot, new)
        return new


def _rms(x):
    return sqrt(mean(square(x)))
