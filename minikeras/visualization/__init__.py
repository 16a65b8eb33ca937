"""Pictures with what is known or predicted of them: boxes, masks, labels."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.visualization.boxes import draw_bounding_boxes as draw_bounding_boxes
    from minikeras.visualization.galleries import (
        plot_bounding_box_gallery as plot_bounding_box_gallery,
        plot_image_gallery as plot_image_gallery,
        plot_segmentation_mask_gallery as plot_segmentation_mask_gallery,
    )
    from minikeras.visualization.masks import draw_segmentation_masks as draw_segmentation_masks

__all__ = [
    "draw_bounding_boxes",
    "draw_segmentation_masks",
    "plot_bounding_box_gallery",
    "plot_image_gallery",
    "plot_segmentation_mask_gallery",
]

__getattr__, __dir__, _ = later(
    globals(),
    {
        "visualization.boxes": "draw_bounding_boxes",
        "visualization.galleries": (
            "plot_bounding_box_gallery plot_image_gallery plot_segmentation_mask_gallery"
        ),
        "visualization.masks": "draw_segmentation_masks",
    },
)
