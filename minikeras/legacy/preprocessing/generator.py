"""ImageDataGenerator: pictures varied at random and standardized, batch by batch."""

import warnings

import numpy as np

from minikeras import config
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.era import era
from minikeras.legacy.preprocessing import affine
from minikeras.legacy.preprocessing.data_frame import DataFrameIterator
from minikeras.legacy.preprocessing.files import DirectoryIterator
from minikeras.legacy.preprocessing.iterators import (
    NumpyArrayIterator,
    as_array,
    check_channels,
)
from minikeras.legacy.preprocessing.manners import MANNERS

_FIRST = (
    "self featurewise_center samplewise_center featurewise_std_normalization "
    "samplewise_std_normalization zca_whitening rotation_range width_shift_range "
    "height_shift_range shear_range zoom_range channel_shift_range fill_mode cval horizontal_flip "
    "vertical_flip rescale preprocessing_function dim_ordering"
)
_FLOW = "self X y batch_size shuffle seed save_to_dir save_prefix save_format"
_FROM_DIRECTORY = (
    "self directory target_size color_mode classes class_mode batch_size shuffle seed save_to_dir "
    "save_prefix save_format follow_links"
)
_JPEG = {"save_format": "jpeg"}
# What one setting needs of another: (setting, the other, what it must be).
_NEEDED = (
    ("zca_whitening", "featurewise_center", True),
    ("zca_whitening", "featurewise_std_normalization", False),
    ("featurewise_std_normalization", "featurewise_center", True),
    ("samplewise_std_normalization", "samplewise_center", True),
)


class ImageDataGenerator:
    """Varies pictures at random and standardizes them, batch by batch, while a model trains.

    Numbers are drawn from NumPy's global generator, in the order in which Keras draws them, so a
    seed gives the pictures that it gave there. Keras 1.2, Keras 2.3 and TensorFlow's Keras of late
    move pictures a little differently, by the middle about which they turn and the axis along which
    they shear; the era in force when a generator is made decides.

    Args:
        featurewise_center: whether the mean of each channel over the data of `fit` becomes 0.
        samplewise_center: whether the mean of each picture becomes 0.
        featurewise_std_normalization: whether the standard deviation of each channel over the data
            of `fit` becomes 1.
        samplewise_std_normalization: whether that of each picture does.
        zca_whitening: whether values are freed of correlations (Bell and Sejnowski 1997), as found
            in the data of `fit`.
        zca_epsilon: what is added to variances there.
        rotation_range: the largest angle, in degrees.
        width_shift_range, height_shift_range: the largest shift: a part of the side below 1, pixels
            from 1 on, drawn from all whole numbers below an integer, or from a list.
        brightness_range: the least and the largest factor of the brightness, or None.
        shear_range: the largest angle of a shear, in degrees; in radians in Keras 1.
        zoom_range: the largest change of size, or the least and the largest factor.
        channel_shift_range: the largest number added to the values.
        fill_mode: what lies beyond the edges: ``"nearest"``, ``"constant"``, ``"reflect"`` or
            ``"wrap"``.
        cval: the value beyond the edges for ``"constant"``.
        horizontal_flip, vertical_flip: whether half of the pictures are mirrored.
        rescale: a factor of all values, applied after all other changes, or None.
        preprocessing_function: a function from a picture to one of the same shape, applied after
            random changes and before standardizing.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        validation_split: the part of the pictures that is for validation, between 0 and 1.
        interpolation_order: the order of the splines between pixels; 0 by default in Keras 1.
        dtype: the dtype of batches, by default floatx.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> generator = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255, rotation_range=20)
    >>> batches = generator.flow(np.ones((5, 8, 8, 3)), np.arange(5), batch_size=2, seed=1)
    >>> len(batches), next(batches)[0].shape
    (3, (2, 8, 8, 3))
    """

    @of_old(_FIRST, {"dim_ordering": "data_format"}, {"interpolation_order": 0})
    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        interpolation_order=1,
        dtype=None,
    ):
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = _as_range(zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = config.standardize_data_format(data_format)
        self.interpolation_order = interpolation_order
        self.dtype = dtype or config.floatx()
        is_last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if is_last else (2, 3, 1)
        self.mean = self.std = self.zca_whitening_matrix = None
        self._validation_split = validation_split
        self._era = era()
        self._manner = MANNERS[self._era]
        self._check()

    def _check(self):
        if self._validation_split and not 0 < self._validation_split < 1:
            raise ValueError(
                "validation_split must lie between 0 and 1. Received: "
                f"validation_split={self._validation_split}"
            )
        if self.brightness_range is not None and np.shape(self.brightness_range) != (2,):
            raise ValueError(
                f"brightness_range must be two numbers. Received: {self.brightness_range!r}"
            )
        for name, needed, value in _NEEDED:
            if getattr(self, name) and bool(getattr(self, needed)) != value:
                setattr(self, needed, value)
                warnings.warn(
                    f"ImageDataGenerator({name}=True) sets {needed}={value}",
                    UserWarning,
                    stacklevel=4,
                )

    @property
    def principal_components(self):
        """The matrix of ZCA whitening, by its name until Keras 2.3."""
        return self.zca_whitening_matrix

    @principal_components.setter
    def principal_components(self, value):
        self.zca_whitening_matrix = value

    @property
    def dim_ordering(self):
        """The data format in the words of Keras 1: ``"tf"`` or ``"th"``."""
        return "tf" if self.data_format == "channels_last" else "th"

    @of_old(_FLOW, {"X": "x"}, _JPEG)
    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        ignore_class_split=False,
    ):
        """Batches of pictures in memory, without end.

        Args:
            x: an array of shape ``(samples, height, width, channels)``, or a pair of it and further
                inputs, which are passed on as they are.
            y: targets, or None.
            batch_size: pictures in a batch.
            shuffle: whether each pass has an order of its own.
            sample_weight: weights of the samples, or None.
            seed: what orders and changes are drawn from.
            save_to_dir: a folder to which all pictures made are written, or None.
            save_prefix, save_format: the beginning and the ending of their names.
            subset: ``"training"`` or ``"validation"``, by ``validation_split``.
            ignore_class_split: whether the two may have different classes.

        Returns:
            A `NumpyArrayIterator`.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight,
            seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, subset=subset,
            ignore_class_split=ignore_class_split, dtype=self.dtype,
        )  # fmt: skip

    @of_old(_FROM_DIRECTORY, defaults=_JPEG)
    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
    ):
        """Batches of pictures from files, of which each class has a folder.

        Args:
            directory: the folder that holds those of the classes.
            target_size: the ``(height, width)`` to which pictures are resized.
            color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``.
            classes: the names of the folders in the order of the classes; by default all of them,
                sorted.
            class_mode: what targets are: ``"categorical"`` for one-hot rows, ``"sparse"`` or
                ``"binary"`` for numbers, ``"input"`` for the pictures themselves, None for none.
            batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset: as of `flow`.
            follow_links: whether links to folders are followed.
            interpolation: how pictures are resized, as of `keras.utils.load_img`.
            keep_aspect_ratio: whether they are cut rather than distorted.

        Returns:
            A `DirectoryIterator`.
        """
        return DirectoryIterator(
            directory, self, target_size=target_size, color_mode=color_mode, classes=classes,
            class_mode=class_mode, batch_size=batch_size, shuffle=shuffle, seed=seed,
            data_format=self.data_format, save_to_dir=save_to_dir, save_prefix=save_prefix,
            save_format=save_format, follow_links=follow_links, subset=subset,
            interpolation=interpolation, keep_aspect_ratio=keep_aspect_ratio, dtype=self.dtype,
        )  # fmt: skip

    @of_old(ignored=("has_ext", "sort", "drop_duplicates"))
    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        keep_aspect_ratio=False,
    ):
        """Batches of pictures from files that a table names.

        Args:
            dataframe: a pandas DataFrame, one row for each picture.
            directory: the folder of the files; None where their names are whole paths.
            x_col: the column of the names.
            y_col: the column of the targets, or a list of columns.
            weight_col: the column of the sample weights, or None.
            class_mode: as of `flow_from_directory`; also ``"raw"`` for the values of ``y_col`` as
                they are and ``"multi_output"`` for one target a column. Rows of ``"categorical"``
                may name several classes, in a list.
            classes: the classes in their order; by default all that occur, sorted. Rows of no such
                class are left out.
            validate_filenames: whether names of no picture are left out, which looks at each file.
            target_size, color_mode, batch_size, shuffle, seed, save_to_dir, save_prefix,
                save_format, subset, interpolation, keep_aspect_ratio: as of `flow_from_directory`.

        Returns:
            A `DataFrameIterator`.
        """
        return DataFrameIterator(
            dataframe, directory, self, x_col=x_col, y_col=y_col, weight_col=weight_col,
            target_size=target_size, color_mode=color_mode, classes=classes,
            class_mode="raw" if class_mode == "other" else class_mode, batch_size=batch_size,
            shuffle=shuffle, seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, subset=subset,
            interpolation=interpolation, keep_aspect_ratio=keep_aspect_ratio, dtype=self.dtype,
            validate_filenames=validate_filenames,
        )  # fmt: skip

    def standardize(self, x):
        """A picture or a batch, rescaled and standardized as the settings say.

        Args:
            x: an array of three or four axes, which stays as it is.

        Returns:
            An array of the same shape.
        """
        epsilon = self._manner.epsilon
        axis = self.channel_axis - 1 if self._manner.by_channel else None
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, axis=axis, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, axis=axis, keepdims=True) + epsilon)
        if self.featurewise_center and self._has_found(self.mean, "featurewise_center"):
            x = x - self.mean
        if self.featurewise_std_normalization and self._has_found(
            self.std, "featurewise_std_normalization"
        ):
            x = x / (self.std + epsilon)
        if self.zca_whitening and self._has_found(self.zca_whitening_matrix, "zca_whitening"):
            rows = x.reshape(-1, int(np.prod(x.shape[-3:])))
            x = (rows @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _has_found(self, value, setting):
        if value is None:
            warnings.warn(
                f"ImageDataGenerator({setting}=True) has seen no data: call its method fit first",
                UserWarning,
                stacklevel=3,
            )
        return value is not None

    def get_random_transform(self, img_shape, seed=None):
        """Random changes of a picture, for `apply_transform`.

        Args:
            img_shape: the shape of the picture.
            seed: what they are drawn from; by default NumPy's global generator goes on.

        Returns:
            A dict of ``theta``, ``tx``, ``ty``, ``shear``, ``zx``, ``zy``, ``flip_horizontal``,
            ``flip_vertical``, ``channel_shift_intensity`` and ``brightness``.
        """
        if seed is not None:
            np.random.seed(seed)
        draw, is_first = np.random.uniform, self._era == 1
        height, width = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        reach = self.rotation_range
        found = {"theta": draw(-reach, reach) if reach else 0}
        found["tx"] = _drawn_shift(self.height_shift_range, height, is_first)
        found["ty"] = _drawn_shift(self.width_shift_range, width, is_first)
        found["shear"] = draw(-self.shear_range, self.shear_range) if self.shear_range else 0
        found["zx"], found["zy"] = affine.drawn_zoom(self.zoom_range)
        # The order in which these are drawn differs, and Keras 1 draws only what it needs.
        parts = (self._drawn_flips, self._drawn_channel_shift)
        for part in reversed(parts) if is_first else parts:
            found.update(part(img_shape))
        found["brightness"] = None
        if self.brightness_range is not None:
            found["brightness"] = draw(*self.brightness_range)
        return found

    def _drawn_flips(self, img_shape):
        found = {}
        for name, is_wanted in (
            ("flip_horizontal", self.horizontal_flip), ("flip_vertical", self.vertical_flip)
        ):  # fmt: skip
            is_skipped = self._era == 1 and not is_wanted
            found[name] = not is_skipped and bool(np.random.random() < 0.5 and is_wanted)
        return found

    def _drawn_channel_shift(self, img_shape):
        reach = self.channel_shift_range
        channels = img_shape[self.channel_axis - 1]
        shift = affine.drawn_channel_shift(reach, channels, self._era) if reach != 0 else None
        return {"channel_shift_intensity": shift}

    def apply_transform(self, x, transform_parameters):
        """A picture changed in a given way.

        Args:
            x: an array of three axes.
            transform_parameters: a dict as of `get_random_transform`; what it lacks is not changed.

        Returns:
            An array of the same shape.
        """
        axes = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        get = transform_parameters.get
        movement = (
            get("theta", 0), get("tx", 0), get("ty", 0), get("shear", 0), get("zx", 1), get("zy", 1)
        )  # fmt: skip
        x = affine.affine(
            x, movement, axes, self.fill_mode, self.cval, self.interpolation_order, self._manner
        )
        if get("channel_shift_intensity") is not None:
            x = affine.apply_channel_shift(x, get("channel_shift_intensity"), axes[2])
        if get("flip_horizontal"):
            x = affine.flip_axis(x, axes[1])
        if get("flip_vertical"):
            x = affine.flip_axis(x, axes[0])
        if get("brightness") is not None:
            x = affine.brightened(x, get("brightness"), False, self.data_format, self._manner)
        return x

    def random_transform(self, x, seed=None):
        """A picture changed at random.

        Args:
            x: an array of three axes.
            seed: as of `get_random_transform`.

        Returns:
            An array of the same shape.
        """
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Find means, standard deviations and correlations, as far as settings need them.

        Args:
            x: an array of shape ``(samples, height, width, channels)``.
            augment: whether to look at randomly changed pictures.
            rounds: how many of each, then.
            seed: what the changes are drawn from.

        Raises:
            ValueError: unless ``x`` has four axes.
        """
        x = np.array(as_array(x), dtype=self.dtype)
        check_channels(x, self.data_format, "ImageDataGenerator.fit")
        if seed is not None:
            np.random.seed(seed)
        if self.rescale and self._manner.rescales_in_fit:
            x *= self.rescale
        if augment:
            changed = [self.random_transform(one) for _ in range(rounds) for one in x]
            x = np.stack(changed).astype(self.dtype)
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = -1
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes).reshape(shape)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes).reshape(shape)
            x /= self.std + self._manner.epsilon
        if self.zca_whitening:
            self.zca_whitening_matrix = self._whitening_matrix(x.reshape(len(x), -1))

    def _whitening_matrix(self, rows):
        if self._era == 3:
            vectors, sizes, _ = np.linalg.svd(rows.T, full_matrices=False)
            factors = np.sqrt(len(rows)) / (sizes + self.zca_epsilon)
        else:
            vectors, variances, _ = np.linalg.svd(rows.T @ rows / len(rows))
            factors = 1 / np.sqrt(variances + self.zca_epsilon)
        return (vectors * factors) @ vectors.T


def _as_range(zoom_range):
    if np.ndim(zoom_range) == 0:
        return [1 - zoom_range, 1 + zoom_range]
    if np.shape(zoom_range) != (2,):
        raise ValueError(f"zoom_range must be one number or two. Received: {zoom_range!r}")
    return list(zoom_range)


def _drawn_shift(reach, side, is_first):
    """A random shift in pixels.

    Args:
        reach: the largest part of the side, or number of pixels; whole numbers and lists are drawn
            from as they are.
        side: the length of the side.
        is_first: whether the era is that of Keras 1, where it always is a part of the side.
    """
    if not np.any(reach):
        return 0
    if is_first:
        return np.random.uniform(-reach, reach) * side
    if np.ndim(reach) or hasattr(reach, "__index__"):
        shift = np.random.choice(reach) * np.random.choice([-1, 1])
    else:
        shift = np.random.uniform(-reach, reach)
    return shift * side if np.max(reach) < 1 else shift
