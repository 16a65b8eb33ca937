"""Whether the steps of a model are recorded and replayed, or run as they are each time."""

import warnings


class Switches:
    """The part of `Trainer` that keeps ``run_eagerly`` and ``jit_compile``."""

    @property
    def run_eagerly(self):
        """Whether every step runs the Python code anew."""
        return self._run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        self.__dict__["_run_eagerly"] = bool(value)

    @property
    def jit_compile(self):
        """Whether steps may be recorded; with ``"auto"``, whether all layers say so."""
        return self._supports_jit() if self._jit_compile == "auto" else self._jit_compile

    @jit_compile.setter
    def jit_compile(self, value):
        self.__dict__["_jit_compile"] = self._checked_jit(value)

    def _is_run_anew(self):
        """Whether steps are never recorded. Once the model is built, this settles ``"auto"``."""
        if self._jit_compile == "auto":
            self.__dict__["_jit_compile"] = self._supports_jit()
        return self._run_eagerly or not self._jit_compile

    def _supports_jit(self):
        return all(layer.supports_jit for layer in self._all_layers())

    def _checked_jit(self, value):
        """What `compile` is to keep of a wish."""
        if value == "auto" or not value:
            return value or False
        if not self._supports_jit():
            warnings.warn(
                f"Model {self.name!r} doesn't support `jit_compile=True`: a layer of it says "
                "supports_jit=False. Every step runs as it is.",
                stacklevel=4,
            )
            return False
        return True
