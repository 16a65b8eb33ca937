"""The callback TensorBoard: what TensorBoard's own reader finds in its files."""

import gzip
import json
import os
import struct
import zlib

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.autodiff import Primitive
from minikeras.callbacks.tensorboard import messages, records
from minikeras.callbacks.tensorboard.png import png
from minikeras.callbacks.tensorboard.writer import SummaryWriter

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
Y = X[:, :1].copy()


def reader(folder):
    """The reader of TensorBoard, for the files in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    found.Reload()
    return found


def series(folder, tag):
    """The steps and the values under a tag."""
    from tensorboard.util import tensor_util

    events = reader(folder).Tensors(tag)
    return [e.step for e in events], [tensor_util.make_ndarray(e.tensor_proto) for e in events]


def tags(folder):
    return set(reader(folder).Tags()["tensors"])


def model_of(layers=None):
    mk.utils.clear_session()
    mk.utils.set_random_seed(0)
    model = mk.Sequential(layers or [mk.Input((4,)), mk.layers.Dense(3), mk.layers.Dense(1)])
    model.compile(mk.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def fitted(folder, epochs=3, validation=True, model=None, x=X, y=Y, **settings):
    model = model or model_of()
    board = mk.callbacks.TensorBoard(folder, **settings)
    validation_data = (x[:6], y[:6]) if validation else None
    history = model.fit(
        x,
        y,
        batch_size=4,
        epochs=epochs,
        validation_data=validation_data,
        verbose=0,
        callbacks=[board],
    )
    return model, board, history.history


def test_logs_of_epochs(tmp_path):
    _, _, history = fitted(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["train", "validation"]
    for folder, prefix in (("train", ""), ("validation", "val_")):
        for name in ("loss", "mae"):
            steps, found = series(tmp_path / folder, f"epoch_{name}")
            assert steps == [0, 1, 2]
            np.testing.assert_allclose(found, history[prefix + name], rtol=1e-6)
    _, rates = series(tmp_path / "train", "epoch_learning_rate")
    np.testing.assert_allclose(rates, 0.1, rtol=1e-6)
    steps, found = series(tmp_path / "validation", "evaluation_loss_vs_iterations")
    assert steps == [3, 6, 9]
    np.testing.assert_allclose(found, history["val_loss"], rtol=1e-6)
    expected = {"epoch_loss", "epoch_mae", "epoch_learning_rate", "keras"}
    assert tags(tmp_path / "train") == expected


def test_names_are_those_of_keras(tmp_path):
    """Real Keras needs TensorFlow to write; the names are stated in its code alone."""
    fitted(tmp_path, update_freq="batch", write_steps_per_second=True, histogram_freq=1)
    assert tags(tmp_path / "train") == {
        "batch_loss",
        "batch_mae",
        "batch_steps_per_second",
        "epoch_learning_rate",
        "epoch_loss",
        "epoch_mae",
        "epoch_steps_per_second",
        "keras",
        "sequential/dense/bias/histogram",
        "sequential/dense/kernel/histogram",
        "sequential/dense_1/bias/histogram",
        "sequential/dense_1/kernel/histogram",
    }
    assert tags(tmp_path / "validation") == {
        "epoch_loss",
        "epoch_mae",
        "evaluation_loss_vs_iterations",
        "evaluation_mae_vs_iterations",
    }


@pytest.mark.parametrize(("frequency", "steps"), [("batch", range(1, 10)), (2, [2, 4, 6, 8])])
def test_logs_of_batches(frequency, steps, tmp_path):
    fitted(tmp_path, update_freq=frequency, validation=False)
    found, numbers = series(tmp_path / "train", "batch_loss")
    assert found == list(steps)
    assert np.all(np.isfinite(numbers))


def test_learning_rates_of_several_optimizers(tmp_path):
    model = model_of()
    first, second = mk.optimizers.SGD(0.1, name="a"), mk.optimizers.SGD(0.2, name="b")
    chosen = mk.optimizers.OptimizerMap(first, {".*dense_1/.*": second})
    model.compile(mk.optimizers.MultiOptimizer(chosen), "mse")
    fitted(tmp_path, model=model, epochs=1, validation=False)
    for name, rate in (("a", 0.1), ("b", 0.2)):
        _, found = series(tmp_path / "train", f"epoch_learning_rate_{name}")
        np.testing.assert_allclose(found, rate, rtol=1e-6)


def test_histograms_count_the_weights(tmp_path):
    model, _, _ = fitted(tmp_path, epochs=4, histogram_freq=2)
    steps, found = series(tmp_path / "train", "sequential/dense/kernel/histogram")
    assert steps == [0, 2]
    assert found[0].shape == (30, 3)
    assert found[0][:, 2].sum() == 12
    np.testing.assert_allclose(found[0][1:, 0], found[0][:-1, 1])
    assert model.layers[0].kernel.shape == (4, 3)


def test_histograms_at_their_edges():
    assert messages.counted(np.zeros(0)).tolist() == [[0, 0, 0]] * 30
    same = messages.counted(np.full(5, 2.0), 3)
    assert same.tolist() == [[2, 2, 0], [2, 2, 0], [2, 2, 5]]
    assert messages.counted(np.array([np.nan, 1, 3]), 2)[:, 2].tolist() == [1, 1]


def test_weights_as_pictures(tmp_path):
    layers = [
        mk.Input((8, 8, 3)),
        mk.layers.Conv2D(4, 3),
        mk.layers.Conv2D(1, (1, 5)),
        mk.layers.Flatten(),
        mk.layers.Dense(1),
    ]
    x = np.zeros((4, 8, 8, 3), "float32")
    fitted(
        tmp_path,
        epochs=1,
        model=model_of(layers),
        x=x,
        y=x[:, 0, 0, :1],
        histogram_freq=1,
        write_images=True,
        validation=False,
    )
    (step,), (found,) = series(tmp_path / "train", "sequential/conv2d/bias/image")
    assert step == 0
    width, height, *pictures = found
    assert (width, height) == (b"4", b"1") and pictures[0].startswith(b"\x89PNG")
    _, (found,) = series(tmp_path / "train", "sequential/conv2d/kernel/image")
    assert len(found) == 2 + 3  # three of the pictures, in colours
    _, (found,) = series(tmp_path / "train", "sequential/conv2d_1/kernel/image")
    assert found[:2].tolist() == [b"5", b"4"]


def test_pictures_hold_their_pixels():
    pixels = np.arange(24, dtype="uint8").reshape(2, 4, 3)
    data = png(pixels)
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    rows = np.frombuffer(zlib.decompress(data[at + 4 : at + 4 + length]), "uint8").reshape(2, 13)
    np.testing.assert_array_equal(rows[:, 1:].reshape(2, 4, 3), pixels)


def test_the_graph_of_the_model(tmp_path):
    from tensorboard.plugins.graph import keras_util

    model, _, _ = fitted(tmp_path, epochs=1)
    loaded = reader(tmp_path / "train")
    assert loaded.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"
    (text,) = [e.tensor_proto.string_val[0] for e in loaded.Tensors("keras")]
    assert json.loads(text) == json.loads(model.to_json())
    graph = keras_util.keras_model_to_graph_def(json.loads(text))
    names = {node.name for node in graph.node}
    assert {"sequential/dense", "sequential/dense_1"} <= names


def test_the_graph_of_the_recorded_step(tmp_path):
    fitted(tmp_path, epochs=1)
    nodes = {node.name: node for node in reader(tmp_path / "train").Graph().node}
    matmul = nodes["sequential/dense/matmul"]
    assert matmul.op == "matmul"
    assert "sequential/dense/kernel" in matmul.input
    shapes = matmul.attr["_output_shapes"].list.shape
    assert [d.size for d in shapes[0].dim] == [4, 3]
    assert all(i.split(":")[0] in nodes for node in nodes.values() for i in node.input)
    back = nodes["gradients/sequential/dense_1/transpose"]
    assert list(back.input) == ["sequential/dense_1/kernel"]
    layers = [n for name, n in nodes.items() if name.startswith("sequential/") and n.op != "Assign"]
    assert not any(i.startswith(("gradients/", "step/")) for n in layers for i in n.input)


def test_weights_are_in_the_boxes_of_their_layers(tmp_path):
    mk.utils.clear_session()
    inputs = mk.Input((4,))
    block = mk.Sequential([mk.layers.Dense(3, name="inner")], name="block")
    x = mk.layers.Dense(3, name="outer")(block(inputs))
    model = mk.Model(inputs, mk.layers.Dense(1, name="outer_1")(x), name="net")
    model.compile(mk.optimizers.SGD(0.1), "mse")
    fitted(tmp_path, epochs=1, model=model)
    nodes = {node.name: node for node in reader(tmp_path / "train").Graph().node}
    for name in ("block/inner", "outer", "outer_1"):
        assert f"net/{name}/kernel" in nodes[f"net/{name}/matmul"].input
        assert f"net/{name}/kernel/assign" in nodes
    assert not any(name.startswith(("outer", "block", "inner")) for name in nodes)


def test_no_graph_where_none_is_asked_for_or_known(tmp_path):
    fitted(tmp_path / "a", epochs=1, write_graph=False)
    assert "keras" not in tags(tmp_path / "a" / "train")
    model = model_of()
    model.run_eagerly = True
    fitted(tmp_path / "b", epochs=1, model=model)
    assert "graph" not in str(reader(tmp_path / "b" / "train").Tags()["graph"])
    assert not reader(tmp_path / "b" / "train").Tags()["graph"]


@pytest.mark.parametrize("metadata", [None, "words.tsv", {"words": "words.tsv"}])
def test_embeddings(metadata, tmp_path):
    from google.protobuf import text_format
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

    layers = [
        mk.Input((3,), dtype="int32"),
        mk.layers.Embedding(5, 2, name="words"),
        mk.layers.Flatten(),
        mk.layers.Dense(1),
    ]
    x = np.ones((8, 3), "int32")
    model, _, _ = fitted(
        tmp_path,
        model=model_of(layers),
        x=x,
        y=x[:, :1].astype("float32"),
        embeddings_freq=2,
        embeddings_metadata=metadata,
    )
    text = (tmp_path / "projector_config.pbtxt").read_text()
    config = text_format.Parse(text, ProjectorConfig())
    (embedding,) = config.embeddings
    assert embedding.metadata_path == ("" if metadata is None else "words.tsv")
    table = np.loadtxt(tmp_path / embedding.tensor_path, dtype="float32", delimiter="\t")
    np.testing.assert_array_equal(table, model.layers[0].embeddings.numpy())
    saved = sorted(p.name for p in (tmp_path / "train").glob("keras_embedding*"))
    assert saved == [f"keras_embedding.ckpt-{i}.weights.h5" for i in (0, 2)]


def test_unknown_layers_of_embeddings(tmp_path):
    with pytest.raises(ValueError, match="nothing"):
        fitted(tmp_path, embeddings_freq=1, embeddings_metadata={"nothing": "a.tsv"})


@pytest.mark.parametrize("batches", [2, (3, 6), "4,5"])
@pytest.mark.parametrize("eager", [True, False])
def test_profiles(batches, eager, tmp_path):
    compute = Primitive._computed
    model = model_of()
    model.run_eagerly = eager
    fitted(tmp_path, model=model, profile_batch=batches)
    assert Primitive._computed is compute
    for _, plan in model._steps["train"].plans() if not eager else ():
        names = {getattr(f, "__qualname__", "") for f in plan.replay.namespace.values()}
        assert not any("Timing" in name for name in names)
    (path,) = (tmp_path / "train" / "plugins" / "profile").glob("*/*.trace.json.gz")
    with gzip.open(path, "rt") as file:
        events = json.load(file)["traceEvents"]
    assert {"matmul", "mean"} <= {e["name"] for e in events if e["ph"] == "X"}
    assert all(e["dur"] >= 0 and e["ts"] >= 0 for e in events if e["ph"] == "X")
    made = [e["args"] for e in events if e["name"] == "matmul"]
    assert made[0] == {"bytes": 4 * 4 * 3, "layer": "sequential/dense"}
    last = {2: 2, (3, 6): 6, "4,5": 5}[batches]
    (step,), (text,) = series(tmp_path / "train", f"batch_{last}")
    text = text.item().decode()
    assert step == last and "| matmul | 5 |" in text and "| sequential/dense | " in text
    assert ("Most memory at a time" in text) == (not eager and last > 2)


def test_megabytes_of_a_profile():
    from minikeras.backend.program.timing import Timing

    x = mk.ops.ones((256, 1024))
    with Timing() as timing:
        mk.ops.transpose(mk.ops.exp(x))
    totals = timing.totals()
    assert [totals[name][::2] for name in ("exp", "transpose")] == [(1, 2**20), (1, 0)]


def test_hyper_parameters(tmp_path):
    from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins.base_plugin import TBContext
    from tensorboard.plugins.hparams import api_pb2, list_session_groups
    from tensorboard.plugins.hparams.backend_context import Context

    losses = []
    for units in (2, 3, 3):
        run = tmp_path / f"run-{len(losses)}"
        board = mk.callbacks.TensorBoard(run)
        board.hyper_parameters({"units": np.int64(units), "kind": "dense", "bias": True})
        history = model_of().fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[board])
        losses.append(history.history["val_loss"][-1])
    files = EventMultiplexer(tensor_size_guidance={"hparams": 0}).AddRunsFromDirectory(
        str(tmp_path)
    )
    files.Reload()
    board = Context(TBContext(data_provider=MultiplexerDataProvider(files, str(tmp_path))))
    asked = RequestContext()
    known = board.hparams_metadata(asked, "")
    experiment = board.experiment_from_metadata(
        asked, "", True, known, board.hparams_from_data_provider(asked, "", None)
    )
    assert {info.name for info in experiment.hparam_infos} == {"units", "kind", "bias"}
    metrics = {(info.name.group, info.name.tag) for info in experiment.metric_infos}
    assert {("validation", "epoch_loss"), ("train", "epoch_mae")} <= metrics
    request = api_pb2.ListSessionGroupsRequest(
        start_index=0, slice_size=10, aggregation_type=api_pb2.AGGREGATION_AVG,
        allowed_statuses=[api_pb2.STATUS_SUCCESS], include_metrics=True,
    )  # fmt: skip
    groups = list_session_groups.Handler(asked, board, "", request).run().session_groups
    assert {g.hparams["units"].number_value: len(g.sessions) for g in groups} == {2: 1, 3: 2}
    (alone,) = [g.sessions[0] for g in groups if len(g.sessions) == 1]
    assert alone.end_time_secs >= alone.start_time_secs > 0
    found = {(m.name.group, m.name.tag): m.value for m in alone.metric_values}
    np.testing.assert_allclose(found["validation", "epoch_loss"], losses[0], rtol=1e-6)


def test_hyper_parameters_that_are_no_settings():
    board = mk.callbacks.TensorBoard("unused")
    with pytest.raises(ValueError, match="'sizes'"):
        board.hyper_parameters({"units": 3, "sizes": (1, 2)})


@pytest.mark.parametrize("wrong", [-1, (3, 2), (1, 2, 3), "a", None, 1.5])
def test_wrong_batches_to_profile(wrong):
    with pytest.raises(ValueError, match="profile_batch"):
        mk.callbacks.TensorBoard(profile_batch=wrong)


@pytest.mark.parametrize("wrong", [0, -1, "step", 1.5, True])
def test_wrong_frequencies(wrong):
    with pytest.raises(ValueError, match="update_freq"):
        mk.callbacks.TensorBoard(update_freq=wrong)


def test_summaries_of_ones_own(tmp_path):
    class Own(mk.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            board.summary.scalar("own", mk.ops.ones(()) * batch)

        def on_test_batch_end(self, batch, logs=None):
            board.summary.text("note", "*checked*", step=7)

    model = model_of()
    board = mk.callbacks.TensorBoard(tmp_path)
    model.fit(X, Y, batch_size=4, validation_data=(X, Y), verbose=0, callbacks=[board, Own()])
    assert series(tmp_path / "train", "own") == ([1, 2, 3], [0, 1, 2])
    assert series(tmp_path / "validation", "note")[0] == [7, 7, 7]


def test_evaluation_by_itself(tmp_path):
    model = model_of()
    model.fit(X, Y, verbose=0)
    board = mk.callbacks.TensorBoard(tmp_path, write_graph=False)
    loss, _ = model.evaluate(X, Y, verbose=0, callbacks=[board])
    steps, found = series(tmp_path / "validation", "evaluation_loss_vs_iterations")
    assert steps == [1]
    np.testing.assert_allclose(found, loss, rtol=1e-6)


def test_records_are_framed_and_summed(tmp_path):
    # Sums of RFC 3720, appendix B.4.
    assert records.crc32c(bytes(32)) == 0x8A9136AA
    assert records.crc32c(b"\xff" * 32) == 0x62A8AB43
    assert records.crc32c(bytes(range(32))) == 0x46DD794E
    writer = SummaryWriter(tmp_path)
    writer.scalar("a", 1.0, step=2**40)
    writer.close()
    writer.scalar("a", 2.0, step=-1)
    writer.close()
    assert len(os.listdir(tmp_path)) == 2
    steps, found = series(tmp_path, "a")
    assert dict(zip(steps, map(float, found))) == {2**40: 1.0, -1: 2.0}


def test_a_damaged_file_is_noticed(tmp_path):
    data = bytearray(records.record(b"some data"))
    length, of_length = struct.unpack("<QI", data[:12])
    assert length == 9 and of_length == records.masked_crc32c(data[:8])
    (of_data,) = struct.unpack("<I", data[-4:])
    assert of_data == records.masked_crc32c(bytes(data[12:-4]))
    data[13] ^= 1
    assert of_data != records.masked_crc32c(bytes(data[12:-4]))
