# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.evaluation.pose_statistics import (
    axis_angles,
    body_axes,
    exchanged_joints,
    exchanged_pairs,
    frontal,
    joint_distances,
    limb_ratios,
    nearest_pose_distances,
    normalise_poses,
    pair_agreement,
    side_vectors,
    upright,
)

# Shoulders 0 (left) and 1, hips 2 and 3, hands 4 and 5, seen from the front:
# the body's left is at the right of the image; y points down.
FRONT = np.array([[8, 0], [-8, 0], [5, 20], [-5, 20], [16, 18], [-16, 18.0]])
PAIRS = [(0, 1), (2, 3), (4, 5)]


def crowd(count: int = 40, noise: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    return FRONT + rng.normal(0, noise, (count, *FRONT.shape))


def all_of(keypoints: np.ndarray) -> np.ndarray:
    return np.ones(keypoints.shape[:2], bool)


def turned(points: np.ndarray, degrees: float) -> np.ndarray:
    """Clockwise in the image."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, s], [-s, c]])


def test_normalise_poses_by_hand():
    """A square of side 2 has radius sqrt(2); the last joint is not there."""
    square = np.array([[[1, 1], [3, 1], [3, 3], [1, 3], [99, 99]]], float)
    labelled = np.array([[True] * 4 + [False]])
    pose = normalise_poses(square, labelled)[0]
    corner = 1 / np.sqrt(2)
    assert pose[0] == pytest.approx([-corner, -corner])
    assert pose[2] == pytest.approx([corner, corner])
    assert np.isnan(pose[4]).all()


def test_poses_without_shape_are_unknown():
    points = np.ones((2, 4, 2))
    labelled = np.ones((2, 4), bool)
    labelled[1, 2:] = False
    assert np.isnan(normalise_poses(points, labelled)).all()


def test_normalise_poses_ignores_place_and_size():
    poses = crowd(5)
    moved = 7 * poses + [30, -4]
    assert normalise_poses(moved, all_of(moved)) == pytest.approx(
        normalise_poses(poses, all_of(poses))
    )


@pytest.mark.parametrize('degrees', [-170, -45, 0, 30, 90])
def test_axis_angles(degrees):
    poses = turned(FRONT, degrees)[None]
    axes = body_axes(poses, all_of(poses), [2, 3], [0, 1])
    assert axis_angles(axes)[0] == pytest.approx(degrees)
    straight = upright(poses, axes)[0]
    assert straight == pytest.approx(FRONT)


def test_axis_needs_a_joint_of_each_kind():
    labelled = np.ones((1, 6), bool)
    labelled[0, 2:4] = False
    axes = body_axes(FRONT[None], labelled, [2, 3], [0, 1])
    assert np.isnan(axis_angles(axes)).all()
    assert np.isnan(upright(FRONT[None], axes)).all()


@pytest.mark.parametrize('degrees', [0, 80, 180])
def test_frontal(degrees):
    """However it is turned; the mirrored body is one from behind."""
    poses = np.stack([FRONT, FRONT * [-1, 1], np.zeros_like(FRONT)])
    poses = turned(poses, degrees)
    vectors = side_vectors(poses, all_of(poses), PAIRS)
    views = frontal(vectors, body_axes(poses, all_of(poses), [2, 3], [0, 1]))
    assert views[:2].tolist() == [1, 0]
    assert np.isnan(views[2])


def test_pair_agreement_counts_signs():
    poses = np.repeat(FRONT[None], 20, axis=0)
    poses[:5, [4, 5]] = poses[:5, [5, 4]]  # hands crossed in a quarter
    vectors = side_vectors(poses, all_of(poses), PAIRS)
    agreement = pair_agreement(vectors)
    assert agreement[0, 1] == 1
    assert agreement[0, 2] == agreement[1, 2] == pytest.approx(0.5)
    few = all_of(poses)
    few[9:, 4] = False
    unknown = pair_agreement(side_vectors(poses, few, PAIRS))
    assert unknown[0, 2] == 0


@pytest.mark.parametrize('pair', range(3))
def test_exchanged_pairs(pair):
    poses = crowd()
    left, right = PAIRS[pair]
    poses[:, [left, right]] = poses[:, [right, left]]
    found, evidence = exchanged_pairs(
        pair_agreement(side_vectors(poses, all_of(poses), PAIRS))
    )
    assert found == [pair]
    assert evidence > 0.9


def test_no_pair_or_every_pair_exchanged_is_no_contradiction():
    for poses in (crowd(), crowd()[:, [1, 0, 3, 2, 5, 4]]):
        agreement = pair_agreement(side_vectors(poses, all_of(poses), PAIRS))
        assert exchanged_pairs(agreement) == ([], 0.0)
    assert exchanged_pairs(np.zeros((0, 0))) == ([], 0.0)
    assert exchanged_pairs(np.eye(1)) == ([], 0.0)


def test_pair_without_evidence_is_not_called_exchanged():
    agreement = np.array([[1, 0.9, 0, -0.9], [0.9, 1, 0, -0.9],
                          [0, 0, 0, 0], [-0.9, -0.9, 0, 1]])  # fmt: skip
    found, evidence = exchanged_pairs(agreement)
    assert found == [3]
    assert evidence == pytest.approx(0.9)


def test_exchanged_pairs_is_the_best_of_all_signs():
    """Against trying every choice of signs."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        truth = rng.choice([-1, 1], 6)
        noise = rng.uniform(-0.3, 0.3, (6, 6))
        agreement = np.outer(truth, truth) * 0.7 + (noise + noise.T) / 2
        best = max(
            (
                np.array(
                    [1, *(1 - 2 * ((code >> bit) & 1) for bit in range(5))]
                )
                for code in range(32)
            ),
            key=lambda s: s @ (agreement - np.diag(np.diag(agreement))) @ s,
        )
        found, _ = exchanged_pairs(agreement)
        groups = set(np.flatnonzero(best < 0)), set(np.flatnonzero(best > 0))
        assert set(found) in groups


def test_joint_distances_do_not_change_with_turns():
    poses = normalise_poses(crowd(12), np.ones((12, 6), bool))
    turns = np.stack([turned(p, 25 * i) for i, p in enumerate(poses)])
    distances = joint_distances(poses)
    assert joint_distances(turns) == pytest.approx(distances)
    assert np.diag(distances) == pytest.approx(np.zeros(6))
    assert np.isnan(joint_distances(poses[:9])).all()


def test_exchanged_joints():
    first = joint_distances(normalise_poses(crowd(), all_of(crowd())))
    order = [2, 1, 0, 3, 4, 5]
    assert exchanged_joints(first, first, 0.2) == []
    assert exchanged_joints(first, first[np.ix_(order, order)], 0.2) == [
        (0, 2)
    ]


def test_limb_ratios():
    poses = np.zeros((12, 4, 2))
    poses[:, 1, 0], poses[:, 3, 1] = 6, -4
    limbs = [((0, 1), (2, 3))]
    assert limb_ratios(poses, all_of(poses), limbs) == pytest.approx([1.5])
    few = all_of(poses)
    few[9:, 0] = False
    assert np.isnan(limb_ratios(poses, few, limbs)).all()


def test_nearest_poses_against_loops():
    rng = np.random.default_rng(7)
    poses, others = rng.normal(size=(9, 7, 2)), rng.normal(size=(11, 7, 2))
    poses[rng.random((9, 7)) < 0.3] = np.nan
    others[rng.random((11, 7)) < 0.3] = np.nan

    def slow(pose, candidates):
        best = np.nan
        for other in candidates:
            gaps = ((pose - other) ** 2).sum(axis=1)
            shared = (~np.isnan(gaps)).sum()
            if shared >= max((~np.isnan(pose[:, 0])).sum() / 2, 3):
                best = np.fmin(best, np.sqrt(np.nanmean(gaps)))
        return best

    expected = [slow(pose, others) for pose in poses]
    assert nearest_pose_distances(poses, others) == pytest.approx(
        expected, nan_ok=True
    )
    expected = [
        slow(pose, np.delete(poses, i, axis=0)) for i, pose in enumerate(poses)
    ]
    assert nearest_pose_distances(poses, poses, same=True) == pytest.approx(
        expected, nan_ok=True
    )


def test_a_pose_of_the_source_is_at_no_distance():
    poses = crowd(6)
    assert nearest_pose_distances(poses, poses) == pytest.approx(
        np.zeros(6), abs=1e-6
    )
