"""keras.optimizers.legacy: names of Keras 2 that Keras 3 refuses."""


class LegacyOptimizerWarning:
    """Stands where the optimizers of ``keras.optimizers.legacy`` were; it cannot be made.

    Raises:
        ImportError: always, with what to use instead.
    """

    def __init__(self, *args, **kwargs):
        raise ImportError(
            "keras.optimizers.legacy is gone since Keras 3. Use the optimizer of the same name in "
            "keras.optimizers; `python -m minikeras` runs scripts of Keras 1 and 2 as they are."
        )


Adagrad = Adam = Ftrl = Optimizer = RMSprop = SGD = LegacyOptimizerWarning
