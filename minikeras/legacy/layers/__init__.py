"""Layers that Keras 1 and 2 had and Keras 3 has not; ``keras.legacy.layers`` of Keras 2."""


def __getattr__(name):
    """What Keras 2 kept in this module stands among all layers here."""
    from minikeras import layers

    found = None if name.startswith("_") else getattr(layers, name, None)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
