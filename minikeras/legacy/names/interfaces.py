"""``keras.legacy.interfaces``: what made functions of Keras 2 take the arguments of Keras 1.

Here constructors do so themselves, so these decorators leave functions as they are.
"""

_KINDS = (
    "add_weight batchnorm conv1d conv2d conv3d convlstm2d cropping2d cropping3d deconv2d dense "
    "dropout embedding gaussiandropout gaussiannoise generator_methods get_updates "
    "global_pooling input lambda layer merge model_constructor pooling1d pooling2d pooling3d prelu "
    "recurrent separable_conv2d upsampling1d upsampling2d upsampling3d zeropadding2d "
    "zeropadding3d"
)  # of `legacy_<kind>_support`
__all__ = [*(f"legacy_{kind}_support" for kind in _KINDS.split()), "generate_legacy_interface"]


def _as_it_is(function):
    return function


def generate_legacy_interface(**_):
    """A decorator that leaves a function as it is."""
    return _as_it_is


globals().update((name, _as_it_is) for name in __all__ if name.startswith("legacy_"))
