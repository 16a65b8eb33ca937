"""Losses and metrics as `compile` takes them, made into one loss and one dict of results.

A specification (of losses, weights, metrics) may be a single entry, a list in the order of the
outputs, a dict by their names, or a structure like that of the outputs. `OutputForm` matches it
with the outputs when the first batch is seen: some entries (``"accuracy"``) depend on shapes.
"""

from collections import Counter
from typing import NamedTuple

from minikeras import losses, metrics as metrics_module, ops, tree
from minikeras.backend.xp import np
from minikeras.losses.loss import Loss, LossFunctionWrapper, check_labels, check_no_nan
from minikeras.metrics.metric import Metric
from minikeras.metrics.reduction import Mean, MeanMetricWrapper
from minikeras.symbolic.names import to_snake_case


def _skeleton(structure):
    """The form of ``structure``, for messages."""
    return tree.map_structure(lambda _: "*", structure)


def at_path(structure, path):
    """What lies at ``path`` in ``structure``; a leaf met on the way stands for all below it."""
    for key in path:
        if not tree.is_nested(structure):
            return structure
        structure = structure[key]
    return structure


class _Misfit(ValueError, KeyError):
    """A specification does not fit the outputs: a KeyError in Keras, where a path is not there."""

    def __str__(self):
        return str(self.args[0])


class _Weighted(NamedTuple):
    """A loss and its weight, where both were given in the same structure."""

    loss: object
    weight: object

    def __repr__(self):
        return repr(self.loss)

    @classmethod
    def paired(cls, losses_, weights):
        """A structure of losses with the weights of the same structure."""
        if isinstance(losses_, dict):
            return {key: cls.paired(one, weights[key]) for key, one in losses_.items()}
        if isinstance(losses_, (list, tuple)):
            pairs = [cls.paired(*pair) for pair in zip(losses_, weights)]
            return tuple(pairs) if isinstance(losses_, tuple) else pairs
        return cls(losses_, weights)


class OutputForm:
    """The form of a model's outputs: where they lie in its result, and what they are called.

    Args:
        y_pred: the outputs, a tensor or a structure of tensors, symbolic ones included.
        names: their names in the order of ``tree.flatten``, or None.
    """

    def __init__(self, y_pred, names):
        self.skeleton = _skeleton(y_pred)
        leaves = tree.flatten_with_path(y_pred)
        self.paths = [path for path, _ in leaves]
        self.shapes = [tuple(leaf.shape) for _, leaf in leaves]
        # Names that do not fit (those of another model, say) are as good as none.
        self.names = list(names) if names and len(names) == len(self.paths) else None

    @property
    def is_flat(self):
        """Whether the outputs are a tensor, or a list or dict of tensors."""
        return all(len(path) <= 1 for path in self.paths)

    @property
    def is_dict(self):
        """Whether the outputs are a dict."""
        return isinstance(self.skeleton, dict)

    def _described(self):
        names = f" named {self.names}" if self.names else ""
        return f"{len(self.paths)} output(s){names} of the form {self.skeleton}"

    def name_of(self, i):
        """The name of the output ``i``, or None: its key in a dict of outputs, or its own name."""
        path = self.paths[i]
        if self.is_flat and path and isinstance(path[0], str):
            return path[0]
        return self.names[i] if self.names else None

    def _check_keys(self, keys, what, all_of=()):
        """Raise unless ``keys`` are names of outputs and ``all_of`` are among them."""
        unknown = [key for key in keys if key not in (self.names or ())]
        missing = [name for name in all_of if name not in keys]
        if unknown or missing:
            fault = f"{unknown} are not among them" if unknown else f"{missing} are missing"
            raise ValueError(
                f"Invalid `{what}`: it does not fit the model's outputs. Received: the keys "
                f"{list(keys)}; "
                f"expected: keys for the {self._described()}; {fault}. Use the names of the "
                "output layers as keys, or give a list in the order of the outputs."
            )

    def match(self, spec, what):
        """The entries of ``spec`` with the paths of what they are for, a list of pairs.

        Args:
            spec: a specification that is no single entry. Keys of a dict may be missing. An entry
                may itself be a list.
            what: what is specified, for messages.

        Raises:
            ValueError: if the specification does not fit the outputs.
        """
        if isinstance(spec, dict) and not self.is_dict:
            self._check_keys(spec, what)
            named = zip(self.paths, self.names or ())
            return [(path, spec[name]) for path, name in named if name in spec]
        is_list = isinstance(spec, (list, tuple)) and len(spec) == len(self.paths)
        if is_list and (self.is_flat or not any(map(tree.is_nested, spec))):
            return list(zip(self.paths, spec))
        if not tree.is_nested(self.skeleton):
            raise self._misfit(spec, what)
        pairs = []
        self._descend(spec, self.skeleton, (), what, pairs)
        return pairs

    def _descend(self, spec, skeleton, path, what, pairs):
        if not tree.is_nested(skeleton) or not tree.is_nested(spec):
            pairs.append((path, spec))
            return
        if isinstance(skeleton, dict):
            fits, entries = isinstance(spec, dict) and set(spec) <= set(skeleton), spec
        else:
            fits = not isinstance(spec, dict) and len(spec) == len(skeleton)
            entries = range(len(skeleton))
        if not fits:
            raise self._misfit(spec, what, path)
        for key in entries:
            self._descend(spec[key], skeleton[key], (*path, key), what, pairs)

    def match_losses(self, spec):
        """The losses of ``spec`` with the paths of what they are for, a list of pairs.

        A list of losses stands for those of the outputs in their order, as many as there are
        losses, or for several losses of what lies at its path, be it one output or a structure of
        them. A dict has losses for some of its keys.

        Args:
            spec: a structure of losses, a dict by the names of the outputs included.

        Raises:
            ValueError: if the structure does not fit the outputs.
        """
        if isinstance(spec, dict) and not self.is_dict and self.names:
            spec = [spec.get(name) for name in self.names]
        elif not tree.is_nested(self.skeleton) and len(spec) != 1:
            raise self._misfit(spec, "loss")
        pairs = []
        self._spread(spec, (), pairs)
        return pairs

    def _spread(self, spec, path, pairs):
        skeleton = at_path(self.skeleton, path)
        if not isinstance(spec, (dict, list, tuple)) or isinstance(spec, _Weighted):
            pairs.append((path, spec))
            return
        is_list = isinstance(spec, (list, tuple))
        below = self.covered(path)
        is_each = len(spec) == len(below) and all(map(self._is_one_loss, spec))
        if is_list and is_each:
            pairs.extend((self.paths[i], one) for i, one in zip(below, spec))
        elif is_list and not self._is_by_position(spec, skeleton):
            for one in spec:
                self._spread(one, path, pairs)
        else:
            keys = range(len(skeleton)) if is_list else skeleton
            entries = enumerate(spec) if is_list else spec.items()
            for key, one in entries:
                if not tree.is_nested(skeleton) or key not in keys:
                    raise self._misfit(spec, "loss", path)
                self._spread(one, (*path, key), pairs)

    def _is_by_position(self, spec, skeleton):
        """Whether a list of losses has one for each entry of the outputs, not several for all."""
        if not isinstance(skeleton, (list, tuple)) or isinstance(skeleton, type(spec)):
            return isinstance(skeleton, (list, tuple))
        return len(spec) == len(skeleton) and all(map(self._is_one_loss, spec))

    @staticmethod
    def _is_one_loss(entry):
        return isinstance(entry, _Weighted) or not tree.is_nested(entry)

    def _misfit(self, spec, what, path=()):
        where = f" at {path}" if path else ""
        shown = list(spec) if isinstance(spec, dict) else spec
        kind = "the keys" if isinstance(spec, dict) else f"{len(spec)} entries:"
        return _Misfit(
            f"Invalid `{what}`: it does not fit the model's outputs{where}. Received: {kind} "
            f"{shown!r}; "
            f"expected: one entry for each of the {self._described()}, as a list in their order, "
            "a dict by their names, or a structure of that form. None stands for no entry."
        )

    def arrange(self, y, what, wanted, partial=False):
        """``y`` (targets, weights) in the form of the outputs, None where there is nothing.

        Args:
            y: a structure that fits the outputs: of the same form, a list in their order, a dict by
                their names, or one entry for each of the ``wanted`` outputs.
            what: what it is, for messages.
            wanted: the numbers of the outputs that something is needed for.
            partial: whether a dict need not have them all.

        Raises:
            ValueError: if it does not fit.
        """
        if isinstance(y, dict) and not self.is_dict and self.names:
            needed = () if partial else [self.names[i] for i in wanted]
            self._check_keys(y, what, needed)
            leaves = [y.get(name) for name in self.names]
            return tree.pack_sequence_as(self.skeleton, leaves)
        if _same_form(self.skeleton, y):
            return y
        if isinstance(y, dict) and self.is_dict and self.is_flat:
            needed = {self.paths[i][0] for i in wanted}
            if set(y) <= set(self.skeleton) and (partial or needed <= set(y)):
                return {key: y.get(key) for key in self.skeleton}
            raise self._strange(y, what)
        leaves = tree.flatten(y)
        if len(leaves) != len(self.paths):
            if len(leaves) != len(wanted):
                raise self._strange(y, what)
            found = dict(zip(wanted, leaves))
            leaves = [found.get(i) for i in range(len(self.paths))]
        return tree.pack_sequence_as(self.skeleton, leaves)

    def _strange(self, y, what):
        return ValueError(
            f"{what} has a form that does not fit the model's outputs. Received: "
            f"{_skeleton(y)}; expected: something for each of the {self._described()}."
        )

    def covered(self, path):
        """The numbers of the outputs at ``path`` or below."""
        return [i for i, other in enumerate(self.paths) if other[: len(path)] == tuple(path)]


def _same_form(skeleton, y):
    if not tree.is_nested(skeleton):
        return not tree.is_nested(y)
    if isinstance(skeleton, dict):
        return (
            isinstance(y, dict)
            and set(y) == set(skeleton)
            and all(_same_form(skeleton[key], y[key]) for key in skeleton)
        )
    return (
        isinstance(y, (list, tuple))
        and len(y) == len(skeleton)
        and all(map(_same_form, skeleton, y))
    )


def _kind_of_labels(y_true, y_pred):
    """``"binary"``, ``"sparse"`` (class indices) or ``"one-hot"``, told from the shapes."""
    if y_true is None:
        raise ValueError(
            "Which crossentropy or accuracy is meant depends on the targets, but there are none. "
            "Name the loss or metric in full, as in 'sparse_categorical_crossentropy'."
        )
    shape_true, shape_pred = tuple(y_true.shape), tuple(y_pred.shape)
    if shape_pred[-1] == 1:
        return "binary"
    if len(shape_true) < len(shape_pred) or shape_true[-1] == 1:
        return "sparse"
    return "one-hot"


_CROSSENTROPY_NAMES = ("crossentropy", "ce")
_ACCURACY_NAMES = ("accuracy", "acc")
_BY_SHAPE = _CROSSENTROPY_NAMES + _ACCURACY_NAMES
_CROSSENTROPIES = {
    "binary": losses.binary_crossentropy,
    "sparse": losses.sparse_categorical_crossentropy,
    "one-hot": losses.categorical_crossentropy,
}
_ACCURACY_METRICS = {
    "binary": metrics_module.BinaryAccuracy,
    "sparse": metrics_module.SparseCategoricalAccuracy,
    "one-hot": metrics_module.CategoricalAccuracy,
}
_CROSSENTROPY_METRICS = {
    "binary": metrics_module.BinaryCrossentropy,
    "sparse": metrics_module.SparseCategoricalCrossentropy,
    "one-hot": metrics_module.CategoricalCrossentropy,
}


def _is_named(identifier, *names):
    return isinstance(identifier, str) and identifier.lower() in names


def _own_name(x):
    """The name of an object or function, as it stands in logs."""
    if hasattr(x, "name"):
        return x.name
    return to_snake_case(x.__name__) if hasattr(x, "__name__") else None


def resolve_loss(identifier, y_true, y_pred):
    """The `Loss` that ``identifier`` stands for, for an output of that shape.

    Args:
        identifier: what `losses.get` takes, or ``"crossentropy"`` or ``"ce"``.
        y_true, y_pred: targets and predictions; only their shapes matter.
    """
    if _is_named(identifier, *_CROSSENTROPY_NAMES):
        found = _CROSSENTROPIES[_kind_of_labels(y_true, y_pred)]
    else:
        found = losses.get(identifier)
    if isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else _own_name(found)
    return LossFunctionWrapper(found, name=name)


def resolve_metric(identifier, y_true, y_pred):
    """The `Metric` that ``identifier`` stands for, for an output of that shape.

    Args:
        identifier: what `metrics.get` takes, or ``"accuracy"``, ``"acc"``, ``"crossentropy"`` or
            ``"ce"``. A name becomes the name of the metric.
        y_true, y_pred: targets and predictions; only their shapes matter.
    """
    if _is_named(identifier, *_ACCURACY_NAMES):
        return _ACCURACY_METRICS[_kind_of_labels(y_true, y_pred)](name=identifier)
    if _is_named(identifier, *_CROSSENTROPY_NAMES):
        return _CROSSENTROPY_METRICS[_kind_of_labels(y_true, y_pred)](name=identifier)
    found = metrics_module.get(identifier)
    name = identifier if isinstance(identifier, str) else _own_name(found)
    if not isinstance(found, Metric):
        return MeanMetricWrapper(found, name=name)
    found.name = name
    return found


def _check_target(target, loss, shape, name):
    """Raise where a loss of ours would be fed NaN or class indices out of range."""
    if not type(loss).__module__.startswith("minikeras."):
        return  # who knows what it makes of them
    function = getattr(loss, "fn", None)
    if function is losses.sparse_categorical_crossentropy:
        settings = loss._fn_kwargs
        classes = shape[settings.get("axis", -1)] if shape else None
        if classes is not None:
            check_labels(target, classes, settings.get("ignore_class"), name)
    elif getattr(function, "__module__", "").startswith("minikeras."):
        check_no_nan(target, name)


class Term(NamedTuple):
    """One summand of the total loss: for what outputs, which loss, its weight and its name."""

    path: tuple
    loss: Loss
    weight: object
    name: str


class CompiledLoss:
    """The losses of all outputs as one.

    Args:
        loss: a loss for all outputs, or a list, a dict or a structure of them. In place of one loss
            for an output, a list of them may stand if the outputs have names or several entries.
        loss_weights: a number, or numbers in the same form.
        output_names: the names of the outputs in the order of ``tree.flatten``, or None.

    Attributes:
        metrics: where there are several terms, the mean of each, named ``<output>_loss``.
        losses: the losses of the terms, known once it is built.
        built: whether a batch was seen.
    """

    def __init__(self, loss, loss_weights=None, output_names=None):
        if loss_weights is not None and (
            isinstance(loss_weights, (str, bool))
            or not isinstance(loss_weights, (int, float, list, tuple, dict))
        ):
            raise ValueError(
                "loss_weights must be a number, or a list or dict of numbers for several outputs. "
                f"Received: {loss_weights!r}"
            )
        for identifier in tree.flatten(loss):
            if isinstance(identifier, str) and not _is_named(identifier, *_CROSSENTROPY_NAMES):
                losses.get(identifier)  # an unknown name is better noticed now
        self._loss = loss
        self._loss_weights = loss_weights
        self.output_names = output_names
        self.name = "compile_loss"
        self.built = False
        self.terms = []
        self.metrics = []

    @property
    def losses(self):
        """The losses of the terms."""
        return [term.loss for term in self.terms]

    @property
    def variables(self):
        """The variables of the trackers."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def build(self, y_true, y_pred):
        """Find the loss of each output.

        Args:
            y_true: targets of a batch; only their shapes matter.
            y_pred: outputs of the model, or symbolic tensors like them.

        Raises:
            ValueError: if losses, weights or targets do not fit the outputs, or a name is unknown.
        """
        self._form = form = OutputForm(y_pred, self.output_names)
        entries = self._entries(form)
        self._wanted = sorted({i for path, _, _ in entries for i in form.covered(path)})
        y_true = form.arrange(y_true, "y_true", self._wanted)
        self.terms = []
        for path, identifier, weight in entries:
            loss = resolve_loss(identifier, at_path(y_true, path), at_path(y_pred, path))
            self.terms.append(Term(path, loss, weight, self._term_name(form, path, loss)))
        if len(self.terms) > 1:
            self.metrics = [Mean(name=f"{term.name}_loss") for term in self.terms]
        self.built = True

    def _entries(self, form):
        """Triples of path, loss and weight; outputs without a loss are left out."""
        loss, weights = self._loss, self._loss_weights
        if _same_form(loss, weights) and tree.is_nested(loss):
            loss, weights = _Weighted.paired(loss, weights), None
        if not tree.is_nested(loss):
            pairs = [(path, loss) for path in form.paths]
        else:
            self._check_names(form)
            pairs = form.match_losses(loss)
        weight_at = self._weights_by_path(form, weights, {path for path, _ in pairs})
        entries, counts = [], Counter(path for path, _ in pairs)
        for path, entry in pairs:
            if not isinstance(entry, _Weighted):
                weight = weight_at.get(path)
                if isinstance(weight, (list, tuple)):
                    if len(weight) != counts[path]:
                        raise ValueError(
                            f"loss_weights has {len(weight)} entries where loss has "
                            f"{counts[path]}. Received: loss={self._loss!r}, "
                            f"loss_weights={self._loss_weights!r}"
                        )
                    nth = sum(other == path for other, _, _ in entries)
                    weight = weight[nth]
                entry = _Weighted(entry, weight)
            entries.append((path, *entry))
        return [entry for entry in entries if entry[1] is not None]

    def _weights_by_path(self, form, weights, paths):
        """Weights of another form than the losses, by the paths of the outputs."""
        if weights is None:
            return {}
        if tree.is_nested(weights):
            found = dict(form.match(weights, "loss_weights"))
        elif len(form.paths) == 1:
            found = {form.paths[0]: weights}
        else:
            raise ValueError(
                f"loss_weights must hold one number for each of the {len(form.paths)} outputs. "
                f"Received: {weights!r}"
            )
        if set(found) - paths:
            raise ValueError(
                "loss_weights has entries where loss has none. Received: "
                f"loss={self._loss!r}, loss_weights={self._loss_weights!r}"
            )
        return found

    def _check_names(self, form):
        """Each output needs an entry in a dict of losses by name, so that a slip is noticed."""
        loss, names = self._loss, self.output_names
        if isinstance(loss, dict) and not form.is_dict and names and set(loss) != set(names):
            raise ValueError(
                f"Expected keys {list(names)} in the dict of losses, one for each output. "
                f"Received: {list(loss)}. Give None to an output that has no loss."
            )

    @staticmethod
    def _term_name(form, path, loss):
        """The output's name after the keys that lead to it, joined by slashes."""
        covered = form.covered(path)
        parts = [str(key) for key in path]
        if len(covered) == 1 and (not path or not isinstance(path[-1], str)):
            own = form.names[covered[0]] if form.names else loss.name
            parts[-1:] = [own]
        keys = sorted(form.skeleton) if form.is_dict else form.names
        return "/".join(parts) or "_".join(keys or [loss.name])

    def check_targets(self, y):
        """Look for targets that would silently give a wrong loss.

        Args:
            y: targets on the host, in a form that `OutputForm.arrange` takes.

        Raises:
            ValueError: if targets contain NaN, or class indices are out of range.
        """
        y = self._form.arrange(y, "y_true", self._wanted)
        for path, loss, _, _ in self.terms:
            target = at_path(y, path)
            if isinstance(target, np.ndarray) and target.dtype.kind in "fiub":
                shape = self._form.shapes[self._form.covered(path)[0]]
                _check_target(target, loss, shape, "y_true" + "".join(f"[{k!r}]" for k in path))

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The total loss of a batch, a scalar; None if no output has a loss.

        Args:
            y_true: targets, in the form of the outputs or as `OutputForm.arrange` takes them.
            y_pred: outputs of the model.
            sample_weight: None, weights for all outputs, or weights by output.
        """
        if not self.built:
            self.build(y_true, y_pred)
        if tree.is_nested(y_pred) or tree.is_nested(y_true):
            y_true = self._form.arrange(y_true, "y_true", self._wanted)
        if tree.is_nested(sample_weight):
            sample_weight = self._form.arrange(
                sample_weight, "sample_weight", self._wanted, partial=True
            )
        total = None
        for i, (path, loss, weight, _) in enumerate(self.terms):
            predicted = at_path(y_pred, path)
            value = loss(at_path(y_true, path), predicted, at_path(sample_weight, path))
            if self.metrics:
                self.metrics[i].update_state(
                    value, sample_weight=tree.flatten(predicted)[0].shape[0]
                )
            if weight is not None:
                value = ops.multiply(value, weight)
            total = value if total is None else ops.add(total, value)
        return total


class CompiledMetrics(Metric):
    """The metrics of all outputs.

    Args:
        metrics: None, or a list of metrics for the only output; for several outputs a list of
            entries in their order, a dict by their names, or a structure like that of the outputs.
            An entry is a metric or a list of metrics.
        weighted_metrics: the same, for metrics that take the sample weights into account.
        output_names: the names of the outputs in the order of ``tree.flatten``, or None.

    Attributes:
        built: whether a batch was seen.
    """

    def __init__(self, metrics, weighted_metrics, output_names=None):
        super().__init__(name="compile_metrics")
        for argument, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if given is not None and not isinstance(given, (list, tuple, dict)):
                raise ValueError(
                    f"{argument} must be a list, or for several outputs a list or dict of lists. "
                    f"Received: {given!r}"
                )
            for identifier in tree.flatten(given):
                if isinstance(identifier, str) and not _is_named(identifier, *_BY_SHAPE):
                    metrics_module.get(identifier)  # an unknown name is better noticed now
        self._plain = metrics
        self._weighted = weighted_metrics
        self.output_names = output_names
        self.built = False
        self._sets = ([], [])  # plain and weighted: triples of path, name of the output, metrics

    @property
    def metrics(self):
        """All metrics, those without weights first."""
        return [metric for found in self._sets for _, _, group in found for metric in group]

    @property
    def variables(self):
        """The variables of all metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def build(self, y_true, y_pred):
        """Find the metrics of each output.

        Args:
            y_true: targets of a batch; only their shapes matter.
            y_pred: outputs of the model, or symbolic tensors like them.

        Raises:
            ValueError: if metrics or targets do not fit the outputs, or a name is unknown.
        """
        self._form = form = OutputForm(y_pred, self.output_names)
        entries = [
            self._entries(form, spec, what)
            for spec, what in ((self._plain, "metrics"), (self._weighted, "weighted_metrics"))
        ]
        self._wanted = sorted(
            {i for found in entries for path, _ in found for i in form.covered(path)}
        )
        y_true = form.arrange(y_true, "y_true", self._wanted)
        self._sets = tuple(
            [self._group(form, path, group, y_true, y_pred) for path, group in found]
            for found in entries
        )
        self.built = True

    def names_for(self, outputs):
        """The names of the results for symbolic outputs, targets taken to be like them."""
        alike = CompiledMetrics(self._plain, self._weighted, self.output_names)
        alike.build(outputs, outputs)
        return list(alike.result())

    @staticmethod
    def _entries(form, spec, what):
        """Pairs of path and list of metrics, without outputs that have none."""
        if not spec:
            return []
        if len(form.paths) == 1:
            entries = tree.flatten(spec)
            if isinstance(spec, dict):
                entries = [entry for entry in entries if entry is not None]
            return [(form.paths[0], entries)]
        pairs = sorted(form.match(spec, what), key=lambda pair: form.covered(pair[0]))
        return [(path, tree.flatten(entry)) for path, entry in pairs if entry is not None]

    @staticmethod
    def _group(form, path, group, y_true, y_pred):
        if any(identifier is None for identifier in group):
            raise ValueError(f"A list of metrics holds None. Received: {group!r}")
        covered = form.covered(path)
        name = form.name_of(covered[0]) if len(form.paths) > 1 and len(covered) == 1 else None
        true, predicted = at_path(y_true, path), at_path(y_pred, path)
        return path, name, [resolve_metric(one, true, predicted) for one in group]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: targets, in the form of the outputs or as `OutputForm.arrange` takes them.
            y_pred: outputs of the model.
            sample_weight: None, weights for all outputs, or weights by output.
        """
        if not self.built:
            self.build(y_true, y_pred)
        if tree.is_nested(y_pred) or tree.is_nested(y_true):
            y_true = self._form.arrange(y_true, "y_true", self._wanted)
        if tree.is_nested(sample_weight):
            sample_weight = self._form.arrange(
                sample_weight, "sample_weight", self._wanted, partial=True
            )
        for weights, found in zip((None, sample_weight), self._sets):
            for path, _, group in found:
                true, predicted = at_path(y_true, path), at_path(y_pred, path)
                for metric in group:
                    if weights is None:
                        metric.update_state(true, predicted)
                    else:
                        metric.update_state(true, predicted, at_path(weights, path))

    def reset_state(self):
        """Start all metrics anew."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self):
        """The results by name, a dict.

        A name starts with that of the output if there are several. Where two are equal, a number
        is added, and ``weighted_`` before the name of a metric with weights.

        Raises:
            ValueError: if no batch was seen.
        """
        if not self.built:
            raise ValueError("There are no results of metrics before the first batch was seen")
        results, counts = {}, {}
        for is_weighted, found in zip((False, True), self._sets):
            for _, output, group in found:
                prefix = f"{output}_" if output else ""
                for metric in group:
                    name = prefix + metric.name
                    if is_weighted and name in counts:
                        name = f"{prefix}weighted_{metric.name}"
                    count = counts[name] = counts.get(name, -1) + 1
                    value = metric.result()
                    if isinstance(value, dict):
                        results.update(value)
                    else:
                        results[f"{name}_{count}" if count else name] = value
        return results
