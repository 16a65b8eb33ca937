"""Sections: calls made for one part of the batch after another give what the whole gives.

So do calls that each of several processes makes for its part; the rules for these are tested here.
"""

import itertools

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import standardization
from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.program import samples, sections
from minikeras.backend.program.program import Call, Ref
from minikeras.backend.program.samples import (
    AVERAGED,
    GATHERED,
    OF_PROCESSES,
    OF_SECTIONS,
    Cut,
)
from minikeras.backend.program.sections import Section
from minikeras.backend.windows import Windows
from minikeras.backend.xp import ON_GPU, to_numpy, xp
from tests.gradients import all_rows
from tests.support import values
from tests.zoo import MODELS, batches

X = np.random.default_rng(0).normal(size=(4, 2, 6))
B = X > 0
N = np.arange(8).reshape(4, 2) % 3
# Primitives without a gradient, which the table of gradients does not have.
MORE = [
    *((name, (X,), {"axis": axis}) for name in ("argmax", "argmin") for axis in (0, -1)),
    *((name, (B,), {"axis": axis}) for name in ("all", "any") for axis in (1, (0, 2))),
    *((name, (X > 0, X < 1), {}) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    *((name, (X, X[:, :1]), {}) for name in ("equal", "greater", "less", "less_equal")),
    *((name, (X[0], X), {}) for name in ("greater_equal", "not_equal", "floor_divide")),
    *((name, (B, B[::-1]), {}) for name in ("logical_and", "logical_or", "logical_xor")),
    *((name, (B,), {}) for name in ("bitwise_not", "logical_not")),
    *((name, (X,), {}) for name in ("ceil", "floor", "isfinite", "isinf", "isnan", "trunc")),
    ("cast", (X,), {"dtype": "float32"}),
    ("one_hot", (np.arange(4) % 3,), {"count": 3, "axis": -1, "dtype": "float32"}),
    ("one_hot", (np.arange(8).reshape(4, 2) % 3,), {"count": 3, "axis": 0, "dtype": "int32"}),
    ("label_crossentropy_slope", (X[:, 0], np.arange(4)), {}),
    ("reshape", (X,), {"shape": (8, 3, 2)}),
    ("reshape", (X,), {"shape": (1, 4, 12)}),
    ("pad", (X,), {"pad_width": ((0, 0), (0, 1), (2, 1)), "value": 3}),
    ("roll", (X,), {"shift": 2, "axis": -1}),
    ("roll", (X,), {"shift": (1, 1), "axis": (0, 1)}),
    ("standardize", (X, X[:1, :1], None), {"axes": (2,), "epsilon": 1e-3}),
    ("standardize", (X, X[:1], X[:1]), {"axes": (1, 2), "epsilon": 1e-3}),
    (
        "standardize_gradient",
        (X, X[..., :1], X[::-1, :, 1:2], X[::-1], X[..., :1], X[..., :1] ** 2, X[:1, :1], X[:1]),
        {"axes": (2,), "epsilon": 1e-3},
    ),
    *(
        (name, (X - X[:1],), {})
        for name in ("isneginf", "isposinf", "round_half_away", "signbit", "tril")
    ),
    ("isclose", (X, X[:, :1]), {"rtol": 0.5, "atol": 0.1, "equal_nan": False}),
    ("flat_place", (N, N[::-1]), {"sides": (3, 4)}),
    ("is_inside", (N,), {"side": 2}),
    ("place_inside", (N,), {"side": 2, "mode": "mirror"}),
    ("argmax_ranges", (X,), {"axis": 2, "starts": (0, 2, 1), "stops": (2, 6, 3)}),
    ("argpartition", (X,), {"kth": 2, "axis": -1}),
    ("argsort", (X,), {"axis": 2}),
    ("top_k_indices", (X,), {"k": 2}),
    ("searchsorted", (np.arange(3.0), X), {"side": "left"}),
    ("get_item", (X,), {"index": (Ellipsis, None, slice(1, 3))}),
    ("get_item", (X,), {"index": (slice(0, 4), 1)}),
    ("put_item", (X[:, 0, 1:3],), {"index": np.s_[:, 1, 2:4], "shape": X.shape}),
    ("put_item", (X[..., None, ::2],), {"index": np.s_[..., None, ::2], "shape": X.shape}),
    ("crop", (X,), {"pad_width": ((0, 0), (0, 1), (2, 1))}),
    ("sum", (np.arange(8).reshape(4, 2),), {"axis": None}),
]


def images_of(first):
    """Rows of primitives of images, several of them; channels first or last."""
    random = np.random.default_rng(1).normal
    sides, counts = (4, 5), (3, 2)
    how = {"windows": Windows((2, 3), (1, 2), ((0, 0), (0, 1)), (1, 1)), "channels_first": first}
    shape = lambda n, sides: (4, n, *sides) if first else (4, *sides, n)
    x, g, kernel = random(size=shape(2, sides)), random(size=shape(2, counts)), (2, 3, 1, 4)
    out = PRIMITIVES["max_pool"].kernel(xp.asarray(x), **how)
    taps = to_numpy(PRIMITIVES["max_pool_taps"].kernel(xp.asarray(x), out, **how))
    many, kernel = random(size=shape(4, counts)), random(size=kernel)
    yield from (
        ("average_pool", (x,), how),
        ("average_pool_gradient", (g,), {"sides": sides, **how}),
        ("max_pool", (x,), how),
        ("max_pool_choice", (x, taps), how),
        ("max_pool_gradient", (g, taps), {"sides": sides, **how}),
        ("max_pool_taps", (x, to_numpy(out)), how),
        ("convolution", (x, kernel), {"groups": 2, **how}),
        ("convolution_input_gradient", (many, kernel), {"sides": sides, "groups": 2, **how}),
        ("convolution_kernel_gradient", (x, many), {"groups": 2, **how}),
    )


def moments_together():
    """Rows of what is standardised over the samples, with all weights that there may be."""
    for axes, index in (((0, 1), np.s_[:1, :1]), ((0, 2), np.s_[:1, :, :1])):
        for scale, offset in itertools.product((X[index], None), (X[::-1][index], None)):
            how = {"axes": axes, "epsilon": 1e-3}
            moments = X.mean(axes, keepdims=True), X.var(axes, keepdims=True)
            seeds = np.cos(X), np.sin(X[index]), np.sin(2 * X[index])
            yield "standardize", (X, scale, offset), how
            yield "standardize_gradient", (*seeds, X, *moments, scale, offset), how


def attention():
    """Rows of attention in blocks, with and without bias and mask, for each sample or for all."""
    random = np.random.default_rng(2).normal
    query, g = random(size=(2, 4, 2, 3, 5))
    key, value = random(size=(2, 4, 1, 6, 5))
    bias, mask = random(size=(4, 2, 3, 6)), random(size=(4, 1, 3, 6)) < 1
    how = {"scale": 0.4, "is_causal": False, "soft_cap": None}
    for more in ((bias, mask), (bias[:1], mask[:1]), (None, None)):
        yield "blockwise_attention", (query, key, value, *more), how
        yield "blockwise_attention_gradient", (g, query, key, value, *more), how


MORE += [*attention(), *images_of(True), *images_of(False), *moments_together()]
ROWS = [row for row in all_rows() if row[1] is not None] + MORE


def trait(x):
    return x.shape, x.dtype, True


def part_of(x, cut, k):
    """Part ``k`` of a value that is cut into one part per sample."""
    if cut is None:
        return x
    here = slice(k * cut.places, (k + 1) * cut.places)
    return x[(slice(None),) * cut.axis + (here,)]


def plans_of(name, args, settings, rules):
    """The plans for arguments that are cut along one of their axes, and what the call gives."""
    args = [xp.asarray(a) if isinstance(a, np.ndarray) else a for a in args]
    out = PRIMITIVES[name].kernel(*args, **settings)
    outs = out if isinstance(out, tuple) else (out,)
    arrays = [i for i, a in enumerate(args) if hasattr(a, "shape")]
    if any(o is None for o in outs) and rules is OF_SECTIONS:
        return
    refs = [Ref(i) if i in arrays else a for i, a in enumerate(args)]
    slots = tuple(None if o is None else len(args) + k for k, o in enumerate(outs))
    traits = [trait(a) if i in arrays else None for i, a in enumerate(args)]
    traits += [None if o is None else trait(xp.asarray(o)) for o in outs]
    call = Call(PRIMITIVES[name], tuple(refs), settings, slots, isinstance(out, tuple), None)
    for cuts, number in ways_to_cut({i: args[i].shape for i in arrays}):
        found = samples.plan(call, cuts, traits, number, rules)
        if found is not None:
            yield args, outs, found, number


def ways_to_cut(shapes):
    """Cuts of one array, of two, or of all that have the same shape, and how many samples then."""
    ways = {
        i: [
            (Cut(axis, places), length // places)
            for axis, length in enumerate(shape)
            for places in ({1, 2} if length % 2 == 0 else {1})
            if length // places > 1
        ]
        for i, shape in shapes.items()
    }
    for i, shape in shapes.items():
        alike = [j for j in shapes if shapes[j] == shape]
        for cut, number in ways[i]:
            yield {i: cut}, number
            if len(alike) > 2 or (len(alike) > 1 and i == alike[0]):
                yield dict.fromkeys(alike, cut), number
    for i, j in itertools.combinations(shapes, 2):
        for (one, number), (other, same) in itertools.product(ways[i], ways[j]):
            if number == same:
                yield {i: one, j: other}, number


class Told(Exception):
    """A part has told the others what it has found."""


def compare_parts(name, args, settings, outs, found, number):
    cuts, ways = found
    told, totals = [], [[] for _ in outs]

    def call(k, **more):
        parts = [part_of(a, cut, k) for a, cut in zip(args, cuts)]
        changed = {**settings, **more}
        if "shape" in settings and type(ways[0]) is Cut:
            changed["shape"] = part_of(outs[0], ways[0], k).shape
        got = PRIMITIVES[name].kernel(*parts, **changed)
        return got if isinstance(got, tuple) else (got,)

    def tell(part):
        told.append(xp.array(part))
        raise Told

    more = {}
    if GATHERED in ways:  # in a first round all tell what they have found, one after the other
        for k in range(number):
            with pytest.raises(Told):
                call(k, gather=tell)
        more["gather"] = lambda part: xp.stack(told)
    for k in range(number):
        for total, part in zip(totals, call(k, **more)):
            total.append(part if part is None else to_numpy(part))
    for out, way, total in zip(outs, ways, totals):
        if out is None:
            assert total == [None] * number
        elif way is GATHERED:  # all have the same
            for part in total:
                np.testing.assert_allclose(part, to_numpy(out), rtol=1e-9, atol=1e-12)
        else:
            joined = np.concatenate(total, axis=way.axis) if type(way) is Cut else sum(total)
            joined = joined / number if way is AVERAGED else joined
            np.testing.assert_allclose(joined, to_numpy(out), rtol=1e-9, atol=1e-12)


# What a rule of recurrences says of memory only the models of test_processes can check.
RECURRENCES = {name for name in OF_PROCESSES if name.startswith(("gru", "lstm", "simple_rnn"))}
RULES = {
    **{f"{name} for threads": (name, OF_SECTIONS) for name in sorted(OF_SECTIONS)},
    **{
        f"{name} for processes": (name, OF_PROCESSES)
        for name, rule in sorted(OF_PROCESSES.items())
        if rule is not OF_SECTIONS.get(name) and name not in RECURRENCES
    },
}


@pytest.mark.parametrize("name", RULES)
def test_a_call_on_parts_of_the_samples_gives_the_parts(name, monkeypatch):
    name, rules = RULES[name]
    tried, met = 0, set()
    for many in (standardization._MANY, 1):  # two forms of a kernel
        monkeypatch.setattr(standardization, "_MANY", many)
        for _, args, settings in (row for row in ROWS if row[0] == name):
            for arrays, outs, found, number in plans_of(name, args, settings, rules):
                compare_parts(name, arrays, settings, outs, found, number)
                tried += 1
                met.update(found[1])
    assert tried
    if rules is OF_PROCESSES and name in ("mean", "standardize", "standardize_gradient"):
        assert met & {AVERAGED, GATHERED}


def trained(build, **arguments):
    mk.utils.clear_session()
    mk.utils.set_random_seed(3)
    model = build(mk)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], **arguments)
    logs = [model.train_on_batch(x, y) for x, y in batches(model, 5)]
    return model, [*map(np.array, logs), *(values(v.array) for v in model.variables)]


def sections_of(model, kind="train"):
    (plan,) = (plan for _, plan in model._steps[kind].plans())
    return [call for call in plan.replay.program.calls if isinstance(call, Section)]


@pytest.fixture
def tiny_sections(monkeypatch):
    """Sections also where there is little to do, in as many parts as there are samples."""
    monkeypatch.setattr(sections, "_LEAST", 1)
    monkeypatch.setattr(sections, "_LEAST_OF_CALL", 0)
    monkeypatch.setattr(sections, "_PART", 1)
    monkeypatch.setattr(sections, "_LEAST_ROWS", 1)


@pytest.mark.skipif(ON_GPU, reason="the GPU runs a call in parts by itself")
@pytest.mark.parametrize("name", MODELS)
def test_models_learn_the_same_in_sections(name, tiny_sections):
    _, expected = trained(MODELS[name], run_eagerly=True)
    model, found = trained(MODELS[name])
    assert sections_of(model)
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-6)


@pytest.mark.skipif(ON_GPU, reason="the GPU runs a call in parts by itself")
def test_the_number_of_threads_changes_nothing(tiny_sections):
    outcomes = []
    for number in (1, 3):
        mk.config.set_num_threads(number)
        outcomes.append(trained(MODELS["transformer"])[1])
    mk.config.set_num_threads(None)
    for a, b in zip(*outcomes):
        np.testing.assert_array_equal(a, b)


@pytest.mark.skipif(ON_GPU, reason="the GPU runs a call in parts by itself")
def test_a_batch_that_cannot_be_halved_is_no_section(tiny_sections):
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(2, activation="softmax")])
    for samples_, is_section in ((6, True), (1, False)):
        x = np.ones((samples_, 3), "float32")
        for _ in range(3):
            found = model.predict(x, batch_size=samples_, verbose=0)
        np.testing.assert_allclose(found, values(model(x)), rtol=1e-6)
        program = model._steps["predict"].plans()[-1][1].replay.program
        assert any(isinstance(c, Section) for c in program.calls) == is_section


class Neighbours(mk.layers.Layer):
    """The mean of all samples, weighted by how alike they are to each."""

    def call(self, x):
        alike = mk.ops.softmax(mk.ops.matmul(x, mk.ops.transpose(x)))
        return mk.ops.matmul(alike, x)


@pytest.mark.skipif(ON_GPU, reason="the GPU runs a call in parts by itself")
def test_a_section_takes_an_array_in_parts_and_as_a_whole(tiny_sections):
    def build(k):
        stack = [k.Input((4,)), k.layers.Dense(5), Neighbours(), k.layers.Dense(5, "softmax")]
        return k.Sequential(stack)

    _, expected = trained(build, run_eagerly=True)
    model, found = trained(build)
    assert sections_of(model)
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-6)


@pytest.mark.skipif(ON_GPU, reason="the GPU runs a call in parts by itself")
def test_sections_are_explained(tiny_sections, capsys):
    model, _ = trained(MODELS["transformer"])
    model.explain_step(listing=True)
    printed = capsys.readouterr().out
    assert "form_sections:" in printed and "parts of the batch" in printed
    assert "section in" in printed and "def section_" in printed


@pytest.mark.skipif(ON_GPU, reason="the GPU runs a call in parts by itself")
def test_an_exception_in_a_section_names_the_layer(tiny_sections):
    table = mk.layers.Embedding(4, 3, name="words")
    model = mk.Sequential([mk.Input((2,), dtype="int32"), table, mk.layers.Flatten()])
    good = np.zeros((4, 2), "int32")
    for _ in range(3):
        model.predict(good, verbose=0)
    assert sections_of(model, "predict")
    with pytest.raises(IndexError) as caught:
        model.predict(good + 9, verbose=0)
    assert any("words" in note for note in caught.value.__notes__)
