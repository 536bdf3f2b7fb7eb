# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A perspective camera that looks at the person.

Picture coordinates are units of the square picture: (0, 0) is its upper left
corner and (1, 1) its lower right one, so a scene does not depend on the size
in pixels. The centre of pixel (i, j) of an S x S picture lies at
((i + 0.5) / S, (j + 0.5) / S).
"""

from dataclasses import dataclass, replace

import numpy as np

from .skeleton import rotation


@dataclass(frozen=True)
class Camera:
    """A pinhole camera on a sphere around the world's origin.

    Args:
        view (ndarray): Rotation (3, 3) whose rows are the camera's right, up
            and backward axes in the world.
        distance (float): From the origin, metres.
        focal (float): Focal length in units of the picture's side.
        centre (tuple[float, float]): Where the optical axis hits the picture.
    """

    view: np.ndarray
    distance: float
    focal: float = 1.0
    centre: tuple[float, float] = (0.5, 0.5)

    @classmethod
    def orbit(
        cls, distance: float, elevation: float, roll: float = 0.0
    ) -> 'Camera':
        """A camera in front of the person.

        Args:
            distance (float): From the origin, metres.
            elevation (float): Degrees above the horizontal plane.
            roll (float): Degrees by which the picture turns clockwise.
        """
        return cls(rotation('z', -roll) @ rotation('x', elevation), distance)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Perspective projection.

        Args:
            points (ndarray): World points (..., 3), metres.

        Returns:
            tuple[ndarray, ndarray]: Picture coordinates (..., 2) and depths
            (...) along the optical axis, metres.
        """
        local = points @ self.view.T
        depth = self.distance - local[..., 2]
        if np.min(depth) <= 0.0:
            raise ValueError(
                f'a point lies {np.min(depth):.3g} m before the camera, that '
                'is behind it; use a larger distance'
            )
        scale = self.focal / depth
        picture = np.empty((*depth.shape, 2))
        picture[..., 0] = self.centre[0] + scale * local[..., 0]
        picture[..., 1] = self.centre[1] - scale * local[..., 1]
        return picture, depth

    def discs(
        self, points: np.ndarray, radii: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Silhouettes of spheres, as discs about their projected centres.

        Args:
            points (ndarray): Sphere centres (..., 3), metres.
            radii (ndarray): Their radii (...), metres.

        Returns:
            tuple[ndarray, ndarray, ndarray]: Centres (..., 2) and radii (...)
            in the picture, and depths (...).
        """
        picture, depth = self.project(points)
        return picture, radii * (self.focal / depth), depth

    def framed(
        self,
        points: np.ndarray,
        radii: np.ndarray,
        extent: float,
        middle: tuple[float, float],
    ) -> 'Camera':
        """The same view, zoomed and shifted so that spheres fill a box.

        Args:
            points (ndarray): Sphere centres (..., 3), metres.
            radii (ndarray): Their radii (...), metres.
            extent (float): Longer side of the bounding box in the picture.
            middle (tuple[float, float]): Where the box has its centre.

        Returns:
            Camera: With new ``focal`` and ``centre``.
        """
        unit = replace(self, focal=1.0, centre=(0.0, 0.0))
        discs, size, _ = unit.discs(points, radii)
        flat = discs.reshape(-1, 2)
        margin = size.reshape(-1, 1)
        low = (flat - margin).min(0)
        high = (flat + margin).max(0)
        focal = extent / float((high - low).max())
        x, y = np.asarray(middle) - focal * (low + high) / 2.0
        return replace(self, focal=focal, centre=(float(x), float(y)))

    def horizon(self) -> float:
        """Height of the horizon in the middle of the picture.

        The camera looks down by its elevation e, so that the horizon is
        ``focal * tan(e)`` above the optical centre (below zero or above one:
        outside the picture).
        """
        up = self.view @ np.array((0.0, 1.0, 0.0))
        return self.centre[1] - self.focal * float(up[2] / up[1])
