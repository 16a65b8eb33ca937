"""Utilities for pictures: smart_resize, and old names of others; `keras.utils` holds them."""

from minikeras.utils.images import array_to_img, img_to_array, load_img, save_img, smart_resize

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"]
