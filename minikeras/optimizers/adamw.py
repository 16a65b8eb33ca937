"""AdamW: Adam with weight decay apart from the gradient."""

from minikeras.optimizers.adam import Adam


class AdamW(Adam):
    """`Adam` with weight decay that does not pass through the averages.

    Loshchilov and Hutter 2019, "Decoupled weight decay regularization", algorithm 2: before each
    update ``w = w - lr weight_decay w``.

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        weight_decay: a number.
        beta_1, beta_2, epsilon, amsgrad: see `Adam`.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> optimizer = keras.optimizers.AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> optimizer.apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.85
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
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
        if weight_decay is None:
            raise ValueError(
                "AdamW: weight_decay must be a number. Received: None. Use Adam instead."
            )
