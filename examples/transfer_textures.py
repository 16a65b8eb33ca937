"""Transfer learning on real pictures: what a network has learned from some helps it with others.

A small convolutional body first learns from a dozen photographs of which one a patch is. Then it
is to tell brick, grass and gravel apart, and is shown two patches of each. The body is frozen, a
new head is put on it and trained, and at last all is trained together, by small steps. The picture
shows what is won over a network that begins from nothing. All photographs come with the packages
scikit-image and scikit-learn: nothing is downloaded.

With a body of the zoo, for which weights are at hand, the steps are the same:
`body = keras.applications.MobileNetV2(include_top=False, pooling="avg")`.
"""

import argparse

import numpy as np
from common import pyplot, save

import minikeras as keras
from minikeras import layers

SIDE = 32  # of a patch, in pixels
FEW = 2  # patches of each texture to learn from
PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "coins", "hubble_deep_field")
PHOTOGRAPHS += ("immunohistochemistry", "retina", "rocket")
TEXTURES = ("brick", "grass", "gravel")
COLOURS = ("#d1495b", "#3a9d5d", "#5b8bd9")


def grey(picture):
    """A picture as float32 ``(height, width)`` in [0, 1]."""
    picture = np.asarray(picture, "float32") / 255
    return picture if picture.ndim == 2 else picture @ np.float32([0.299, 0.587, 0.114])


def load_pictures():
    """The photographs to learn from, and those of the textures, each by its name."""
    try:
        from skimage import data
        from sklearn.datasets import load_sample_images
    except ImportError:
        raise SystemExit(
            "This example uses pictures of scikit-image and scikit-learn: "
            "pip install -e '.[examples]'"
        ) from None
    photographs = {name: grey(getattr(data, name)()) for name in PHOTOGRAPHS}
    for name, picture in zip(("china", "flower"), load_sample_images().images):
        photographs[name] = grey(picture)
    return photographs, {name: grey(getattr(data, name)()) for name in TEXTURES}


def normalized(patches):
    """Each patch with mean 0 and deviation 1: brightness shall not give it away."""
    mean = patches.mean(axis=(1, 2), keepdims=True)
    return (patches - mean) / (patches.std(axis=(1, 2), keepdims=True) + 0.02)


def draw_patches(pictures, count, rng):
    """``count`` patches of each picture, some mirrored: ``(n, SIDE, SIDE, 1)``, and of which."""
    patches = []
    for picture in pictures:
        rows, columns = (rng.integers(0, n - SIDE + 1, count) for n in picture.shape)
        for row, column, flip in zip(rows, columns, rng.integers(0, 2, count)):
            patch = picture[row : row + SIDE, column : column + SIDE]
            patches.append(patch[:, ::-1] if flip else patch)
    return normalized(np.stack(patches))[..., None], np.repeat(np.arange(len(pictures)), count)


def build_body():
    """Three convolutions that end in 64 numbers for a patch."""
    body = [layers.Input((SIDE, SIDE, 1))]
    for filters, size, stride in ((24, 5, 2), (48, 3, 2), (64, 3, 1)):
        body.append(layers.Conv2D(filters, size, stride, padding="same", use_bias=False))
        body += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    return keras.Sequential([*body, layers.GlobalAveragePooling2D()], name="body")


def with_head(body, classes, training=None):
    """The body and a new dense layer; ``training=False`` keeps the averages of its batches."""
    inputs = keras.Input((SIDE, SIDE, 1))
    outputs = layers.Dense(classes, activation="softmax")(body(inputs, training=training))
    return keras.Model(inputs, outputs)


def train(model, x, y, rate, epochs, batch_size=24, **settings):
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, batch_size=batch_size, epochs=epochs, **settings)


def collage(textures, side=224):
    """A picture pieced together from three, and which one lies where: a disc on two halves."""
    down, right = np.mgrid[:side, :side] / side
    where = (right > 0.5 + 0.12 * np.sin(7 * down)).astype(int)
    where[(down - 0.5) ** 2 + (right - 0.5) ** 2 < 0.07] = 2
    return np.choose(where, [texture[-side:, :side] for texture in textures]), where


def classify_everywhere(model, picture, stride=4):
    """The class of each patch of a picture, by where the patch lies."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (SIDE, SIDE))[::stride, ::stride]
    patches = normalized(windows.reshape(-1, SIDE, SIDE))[..., None]
    return np.argmax(model.predict(patches, verbose=0), axis=1).reshape(windows.shape[:2])


def draw(photographs, shown, picture, where, found):
    """A figure: the photographs above; below what there is of the textures, and three maps."""
    from matplotlib.colors import ListedColormap

    figure = pyplot().figure(figsize=(9, 3.7), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1, 2.2])
    above.suptitle("1. Learned first: of which photograph is a patch?", fontsize=10)
    for axis, photograph in zip(above.subplots(1, len(photographs)), photographs.values()):
        side = min(photograph.shape)
        top, left = ((n - side) // 2 for n in photograph.shape)
        axis.imshow(photograph[top : top + side, left : left + side], cmap="gray")
        axis.axis("off")

    below.suptitle("2. Then, from two patches of each: brick, grass or gravel?", fontsize=10)
    first, second, *others = axes = below.subplots(1, 2 + len(found))
    rows = [np.hstack(list(part[..., 0])) for part in np.split(shown, len(TEXTURES))]
    first.imshow(np.vstack(rows), cmap="gray", vmin=-2.5, vmax=2.5)
    first.set_title("all that is shown", fontsize=9)
    for i, (name, colour) in enumerate(zip(TEXTURES, COLOURS)):
        place = (-0.04, 1 - (2 * i + 1) / 6)
        first.text(
            *place, name, color=colour, rotation=90, ha="right", va="center",
            transform=first.transAxes, fontsize=9,
        )  # fmt: skip
    second.imshow(picture, cmap="gray")
    second.set_title("a collage to sort", fontsize=9)
    edge = SIDE // 2
    inside = where[edge : 1 - edge, edge : 1 - edge]  # where the middles of the patches lie
    for axis, (name, (classes, accuracy)) in zip(others, found.items()):
        axis.imshow(classes, cmap=ListedColormap(COLOURS), vmin=0, vmax=2, alpha=0.85)
        for number in range(len(TEXTURES)):
            places = np.linspace(-0.5, len(classes) - 0.5, len(inside))
            axis.contour(places, places, inside == number, [0.5], colors="k", linewidths=1.2)
        axis.set_title(f"{name}: {accuracy:.0%} right", fontsize=9)
    for axis in axes:
        axis.axis("off")
    return figure


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", help="the file of the picture")
    parser.add_argument("--quick", action="store_true", help="train hardly at all")
    arguments = parser.parse_args(words)
    count, epochs, more = (20, 1, 2) if arguments.quick else (400, 8, 60)

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    photographs, textures = load_pictures()
    body = build_body()
    x, y = draw_patches(photographs.values(), count, rng)
    print(f"1. {len(x)} patches of {len(photographs)} photographs")
    train(with_head(body, len(photographs)), x, y, 0.003, epochs, batch_size=64, verbose=2)

    # Learned from the left halves, tested on the right ones.
    halves = [np.hsplit(texture, 2) for texture in textures.values()]
    few, few_labels = draw_patches([left for left, _ in halves], FEW, rng)
    test, test_labels = draw_patches([right for _, right in halves], 300, rng)
    picture, where = collage([right for _, right in halves])
    found = {}

    def note(name, model):
        _, accuracy = model.evaluate(test, test_labels, verbose=0)
        print(f"   {name}: {accuracy:.1%} of {len(test)} patches that it has not seen")
        found[name] = classify_everywhere(model, picture), accuracy

    print(f"2. {len(few)} patches of {', '.join(TEXTURES)}")
    nothing = with_head(build_body(), len(TEXTURES))
    train(nothing, few, few_labels, 0.003, more, verbose=0)
    note("from nothing", nothing)

    body.trainable = False
    model = with_head(body, len(TEXTURES), training=False)
    train(model, few, few_labels, 0.01, more, verbose=0)
    note("frozen body", model)

    body.trainable = True
    train(model, few, few_labels, 0.0001, more, verbose=0)
    note("unfrozen", model)

    save(draw(photographs, few, picture, where, found), "transfer_textures.png", arguments.picture)


if __name__ == "__main__":
    main()
