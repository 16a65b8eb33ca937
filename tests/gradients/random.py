"""Random primitives have no gradient: what they draw does not depend on anything continuous."""

ROWS = [
    ("next_seed", None, "keys are integers"),
    ("random_uniform", None, "drawn from an integer key alone"),
    ("random_normal", None, "drawn from an integer key alone"),
    ("random_truncated_normal", None, "drawn from an integer key alone"),
    ("random_integers", None, "integers"),
    ("random_permutation", None, "integers"),
    ("random_categorical", None, "integers"),
    ("random_binomial", None, "integers"),
    ("random_gamma", None, "Keras defines no gradient with respect to the parameters"),
    ("random_beta", None, "Keras defines no gradient with respect to the parameters"),
    ("dropout_mask", None, "drawn from an integer key alone"),
]
