"""ExportArchive: several functions of a model, exported together."""

import os

from minikeras.backend.variables import Variable
from minikeras.backend.xp import np
from minikeras.console import show
from minikeras.export.onnx_model import endpoint_of, onnx_of
from minikeras.export.signature import standard_signature
from minikeras.files import atomic_folder
from minikeras.layers import Layer
from minikeras.models import Model


class ExportArchive:
    """Exports functions of tensors, the endpoints, for other programs to run.

    What Keras writes with it is a SavedModel of TensorFlow. Here it is a folder with a file of ONNX
    for each endpoint, ``serve.onnx`` for one named ``serve``, and a file of NumPy for each
    collection of variables, ``variables/name.npz``.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> archive = keras.export.ExportArchive()
    >>> archive.track(model)
    >>> serve = archive.add_endpoint("serve", lambda x: model(x, training=False),
    ...                              [keras.InputSpec(shape=(None, 2), dtype="float32")])
    >>> archive.endpoints
    ['serve']
    """

    def __init__(self):
        self._tracked = []
        self._endpoints = {}
        self._collections = {}

    @property
    def endpoints(self):
        """The names of the endpoints."""
        return list(self._endpoints)

    @property
    def variables(self):
        """The variables of what is tracked, each once."""
        found = (v for resource in self._tracked for v in resource.variables)
        return list({id(v): v for v in found}.values())

    @property
    def trainable_variables(self):
        """Those of the variables that are trained."""
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self):
        """Those of the variables that are not trained."""
        return [v for v in self.variables if not v.trainable]

    def track(self, resource):
        """Note a layer or model, so that its variables are among `variables`.

        Raises:
            ValueError: if it is neither, or is not built.
        """
        if not isinstance(resource, Layer):
            raise ValueError(
                f"An archive tracks layers and models. Received: {resource!r} of type "
                f"{type(resource).__name__}"
            )
        if not resource.built:
            raise ValueError(f"Layer {resource.name!r} must be built before it is tracked")
        if not any(resource is known for known in self._tracked):
            self._tracked.append(resource)

    def add_endpoint(self, name, fn, input_signature=None, **kwargs):
        """Add a function that is to be exported.

        Args:
            name: of the endpoint, and of its file.
            fn: a function of tensors. Variables that it reads are exported with it.
            input_signature: its positional arguments, a list of `keras.InputSpec`s,
                `keras.KerasTensor`s or arrays, or of structures of them. A first side of None is
                the batch; all others must be stated.
            **kwargs: ``opset_version``.

        Returns:
            ``fn``.

        Raises:
            ValueError: if there is an endpoint of that name, or no signature.
        """
        if input_signature is None:
            raise ValueError(
                f"Endpoint {name!r} needs an input_signature, such as "
                "[keras.InputSpec(shape=(None, 3), dtype='float32')]."
            )
        self._enter(name, fn, standard_signature(input_signature), None, kwargs)
        return fn

    def track_and_add_endpoint(self, name, resource, input_signature=None, **kwargs):
        """Track a layer or model, and add its call, not in training, as an endpoint.

        Args:
            name, input_signature, **kwargs: as for `add_endpoint`; a model that is built needs no
                signature.
            resource: the layer or model.

        Returns:
            A function that calls it.
        """
        self.track(resource)
        if input_signature is None and not isinstance(resource, Model):
            raise ValueError(f"Endpoint {name!r} of a layer needs an input_signature.")
        fn, signature, outputs = endpoint_of(resource, input_signature)
        self._enter(name, fn, signature, outputs, kwargs)
        return fn

    def _enter(self, name, fn, signature, outputs, settings):
        if not isinstance(name, str) or not name or os.path.basename(name) != name:
            raise ValueError(f"name must be a string that can name a file. Received: {name!r}")
        if name in self._endpoints:
            raise ValueError(f"There is an endpoint {name!r} already")
        opset_version = settings.pop("opset_version", None)
        if settings:
            raise ValueError(f"Endpoint {name!r}: there are no settings {sorted(settings)}")
        self._endpoints[name] = fn, signature, outputs, name, opset_version

    def add_variable_collection(self, name, variables):
        """Have some variables written by themselves, for a program that goes on training, say.

        Args:
            name: of the collection, and of its file.
            variables: a list of variables; they are written under their paths.
        """
        if not isinstance(variables, (list, tuple, set)):
            raise ValueError(f"variables must be a list. Received: {variables!r}")
        if not all(isinstance(v, Variable) for v in variables):
            raise ValueError("variables must hold instances of keras.Variable")
        if not isinstance(name, str) or not name or os.path.basename(name) != name:
            raise ValueError(f"name must be a string that can name a file. Received: {name!r}")
        self._collections[name] = list(variables)

    def write_out(self, filepath, options=None, verbose=True):
        """Write the folder, whole or not at all.

        Args:
            filepath: its path.
            options: None; TensorFlow's are for a SavedModel.
            verbose: whether to say what was written.

        Raises:
            ValueError: if there is no endpoint, or one cannot be exported.
        """
        if options is not None:
            raise ValueError(f"options must be None. Received: {options!r}")
        if not self._endpoints:
            raise ValueError("There is nothing to write: add an endpoint first (`add_endpoint`).")
        models = {name: onnx_of(*endpoint) for name, endpoint in self._endpoints.items()}
        filepath = os.fspath(filepath)
        with atomic_folder(filepath) as folder:
            for name, model in models.items():
                with open(os.path.join(folder, f"{name}.onnx"), "wb") as file:
                    file.write(model.SerializeToString())
            if self._collections:
                os.mkdir(os.path.join(folder, "variables"))
            for name, variables in self._collections.items():
                path = os.path.join(folder, "variables", f"{name}.npz")
                np.savez(path, **{v.path: v.numpy() for v in variables})
        if verbose:
            show(f"{len(models)} endpoint(s) are exported to {filepath!r}: {', '.join(models)}.")
