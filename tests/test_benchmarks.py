"""The benchmarks run: jobs train, simple forms agree with the kernels, the tables add up."""

import itertools
import math
import pathlib

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.xp import ON_GPU

HERE = pathlib.Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))


def job_names():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        from jobs import JOBS

        return list(JOBS)


@pytest.mark.parametrize("name", job_names())
def test_each_job_trains_and_predicts(name):
    from jobs import JOBS

    job = JOBS[name]
    model = job.build(mk)
    x, y = job.data(2)
    found = model.fit(x, y, batch_size=2, verbose=0).history["loss"]
    assert math.isfinite(found[0])
    assert len(model.predict(x[:1], verbose=0)) == 1


def test_data_are_the_same_each_time():
    from jobs import JOBS

    for job in JOBS.values():
        for one, other in zip(job.data(3), job.data(3)):
            np.testing.assert_array_equal(one, other)


def test_step_memory_counts_what_a_step_must_hold():
    from jobs import JOBS
    from worker import activation_bytes

    assert activation_bytes(JOBS["mlp"].build(mk)) == 4 * (784 + 512 + 512 + 10)
    inputs, words = 4 * 80, 4 * 80 * 100  # those of the recurrent models
    lstm = 4 * (80 * 6 * 128 + 128 + 1)
    assert activation_bytes(JOBS["lstm"].build(mk)) == inputs + words + lstm
    both = 4 * (80 * 2 * 5 * 64 + 128 + 1)
    assert activation_bytes(JOBS["bigru"].build(mk)) == inputs + words + both
    attention = 4 * 64 * 4 * (4 * 16 + 64)
    outputs = 4 * (64 * (8 * 64 + 256) + 64 + 10)
    assert activation_bytes(JOBS["transformer"].build(mk)) == 4 * 64 + attention + outputs


@pytest.mark.skipif(ON_GPU, reason="the sweep is over arrays of NumPy")
@pytest.mark.parametrize(
    "family", ["convolutions", "depthwise", "poolings", "embeddings", "normalizations"]
)
def test_kernels_agree_with_their_simple_forms(family):
    from kernels import FAMILIES

    for name, size, kernel, simple in itertools.islice(FAMILIES[family](), 6):
        np.testing.assert_allclose(kernel(), simple(), 2e-3, 2e-3, err_msg=f"{name} {size}")


def test_ratio_is_the_median_over_rounds_to_the_best_peer():
    from report import Results

    results = Results()
    for number, (mine, jax, torch) in enumerate([(2, 4, 8), (30, 20, 60), (2, 4, 1)]):
        for framework, value in (("minikeras", mine), ("jax", jax), ("torch", torch)):
            results.add(number, framework, {"mlp": {"train": value}})
    # By round 0.5, 1.5, 0.5 to JAX, and 0.25, 0.5, 2 to torch.
    assert results.ratio("mlp", "train", ["jax", "torch"]) == (0.5, "torch")
    assert results.median("minikeras", "mlp", "train") == 2
    assert results.ratio("lstm", "train", ["jax"]) == (None, "")


def test_tables_align_in_text_and_in_markdown():
    from report import figure, table

    rows = [["one", figure(1.23456)], ["eleven", figure(12345.6)], ["none", figure(None)]]
    assert table(["job", "ms"], rows) == (
        "job        ms\none      1.23\neleven  12346\nnone        -"
    )
    assert table(["job", "ms"], rows[:1], markdown=True) == (
        "| job |   ms |\n| --- | ---: |\n| one | 1.23 |"
    )
