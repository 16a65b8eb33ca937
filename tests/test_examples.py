"""The examples that take seconds, run to their end in a folder of their own."""

import importlib
import pathlib
import re

import numpy as np
import pytest

import minikeras as mk

EXAMPLES = pathlib.Path(__file__).parent.parent / "examples"


@pytest.fixture
def example(tmp_path, monkeypatch):
    """A function that imports one of the examples; what they write goes to an empty folder."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.chdir(tmp_path)
    return importlib.import_module


def few_digits(common, count):
    """`load_digits` that leaves most digits out."""
    (x_train, y_train), test = common.load_digits()
    return lambda: ((x_train[:count], y_train[:count]), test)


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]


def test_linear_regression_comes_close_to_least_squares(example, capsys, tmp_path):
    example("linear_regression").main()
    learned, exact = (numbers(line) for line in capsys.readouterr().out.splitlines()[-2:])
    assert learned == pytest.approx(exact, abs=0.05)
    assert (tmp_path / "output" / "linear_regression.png").stat().st_size > 1000


def test_gradients_by_hand_and_by_tape_agree(example, capsys, tmp_path):
    example("autodiff_by_hand").main()
    lines = capsys.readouterr().out.splitlines()
    assert numbers(lines[-1])[0] < 1e-12
    slopes = [numbers(line)[1] for line in lines if line.startswith("Newton")]
    assert slopes[-1] < 1e-6 < slopes[0]
    assert (tmp_path / "output" / "autodiff_by_hand.png").stat().st_size > 1000


def test_custom_training_loop_learns(example, capsys, monkeypatch):
    module = example("custom_training_loop")
    monkeypatch.setattr(module, "load_digits", few_digits(example("common"), 1500))
    module.main()
    assert numbers(capsys.readouterr().out.splitlines()[-1])[0] > 75  # per cent


def test_gan_with_a_penalty_on_the_slope_takes_steps(example, capsys):
    example("wgan_gp").main(steps=3, batch=16)
    assert "nan" not in capsys.readouterr().out


def test_lenet_trains_and_is_reloaded(example, capsys, monkeypatch, tmp_path):
    module = example("mnist_lenet")
    monkeypatch.setattr(module, "load_digits", few_digits(example("common"), 256))
    monkeypatch.setattr("sys.argv", ["mnist_lenet.py", "--epochs", "1"])
    layout = mk.config.image_data_format()
    try:
        module.main()
    finally:
        mk.config.set_image_data_format(layout)
    assert "predicts the same" in capsys.readouterr().out
    assert {p.name for p in (tmp_path / "output").iterdir()} == {
        "mnist_lenet.keras",
        "mnist_lenet.png",
    }


def test_textures_are_told_apart_by_what_photographs_taught(example, capsys, tmp_path):
    example("transfer_textures").main(["--quick", "--picture", "here/textures.png"])
    assert len(re.findall(r": \d+\.\d% of 900", capsys.readouterr().out)) == 3
    assert (tmp_path / "here" / "textures.png").stat().st_size > 10_000


def test_docstrings_are_sorted_by_their_field(example, capsys, tmp_path):
    example("text_topics").main(["--quick"])
    assert numbers(capsys.readouterr().out.splitlines()[-1])[0] > 33  # per cent
    assert (tmp_path / "output" / "text_topics.png").stat().st_size > 10_000


def test_the_gallery_shows_every_example(example):
    folder = EXAMPLES.parent / "docs"
    text = (folder / "gallery.md").read_text(encoding="utf-8")
    for name in example("gallery").names():
        assert f"../examples/{name}.py" in text, name
    pictures = set(re.findall(r"\]\(pictures/(.*?)\)", text))
    files = sorted((folder / "pictures").iterdir())
    assert pictures == {path.name for path in files}
    assert all(path.stat().st_size <= 60_000 for path in files)


def test_pictures_of_the_gallery_are_small(example, tmp_path):
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (400, 1000, 4), "uint8")
    Image.fromarray(noise).save(tmp_path / "noise.png")
    example("gallery").shrink(tmp_path / "noise.png", tmp_path / "small.png")
    assert (tmp_path / "small.png").stat().st_size <= 60_000
    with Image.open(tmp_path / "small.png") as small:
        assert abs(small.width / small.height - 2.5) < 0.05
