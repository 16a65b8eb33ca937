"""Pictures with what is known or predicted of them: boxes, masks, labels."""

from minikeras.lazy import later

__all__ = [
    "draw_bounding_boxes",
    "draw_segmentation_masks",
    "plot_bounding_box_gallery",
    "plot_image_gallery",
    "plot_segmentation_mask_gallery",
]

__getattr__, __dir__ = later(
    globals(),
    {
        "visualization.boxes": "draw_bounding_boxes",
        "visualization.galleries": (
            "plot_bounding_box_gallery plot_image_gallery plot_segmentation_mask_gallery"
        ),
        "visualization.masks": "draw_segmentation_masks",
    },
)
