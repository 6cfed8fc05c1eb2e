"""How far a detector is from its teacher: in its outputs and in the maps they are made of."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

WEIGHTS = (0.8, 2.0, 1.2)  # of score, box, landmarks
# Large faces have few cells in the scenes, but people look at them: their boxes and landmarks count more.
PLACE_WEIGHTS = (1.0, 1.5, 3.0)


def distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Nearly the absolute difference: the last tenths of a cell, which make landmarks exact, keep their pull."""
    return F.smooth_l1_loss(student, teacher, reduction="none", beta=0.02).sum(-1)


def output_distances(outputs: list[Tensor], targets: list[Tensor]) -> Tensor:
    """Sums over all cells of score, box and landmarks, in units of the number of faces' cells.

    Both of the student's probabilities learn the score: the teacher's `cls` alone is noise wherever there is no face.
    """
    parts, faces = torch.zeros(3), torch.zeros(())
    for y, target, place in zip(outputs, targets, PLACE_WEIGHTS, strict=True):
        score = (target[..., 0] * target[..., 1]).clamp(0, 1).sqrt()
        weight = 1 + 9 * score
        certain = score * (score > 0.25)
        entropy = F.binary_cross_entropy_with_logits(y[..., :2], torch.stack([score, score], -1), reduction="none")
        box, landmarks = distance(y[..., 2:6], target[..., 2:6]), distance(y[..., 6:], target[..., 6:])
        terms = (entropy.sum(-1) * weight, box * certain * place, landmarks * certain * place)
        parts = parts + torch.stack([term.sum() for term in terms])
        faces = faces + certain.sum()
    return parts / faces.clamp(min=1)


def map_distances(made: dict[str, Tensor], wanted: dict[str, Tensor], weights: dict[int, Tensor]) -> Tensor:
    """How far the maps are from the teacher's, in its channels' deviations; cells near faces count more."""
    parts = []
    for name, teacher in wanted.items():
        weight = weights[teacher.shape[-1]]
        error = (made[name].float() - teacher).square()
        parts.append((error.mean(1, keepdim=True) * weight).sum() / weight.sum())
    return torch.stack(parts)


def near_faces(targets: list[Tensor]) -> dict[int, Tensor]:
    """For each side in cells (n, 1, side, side): 1, and up to 10 near faces of any size."""
    scores = []
    for target in targets:
        side = int(target.shape[1] ** 0.5)
        scores.append((target[..., 0] * target[..., 1]).clamp(0, 1).sqrt().view(-1, 1, side, side))
    sides, weights = [2 * scores[0].shape[-1], *(score.shape[-1] for score in scores)], {}
    for side in sides:
        same = [F.interpolate(s, size=side) if s.shape[-1] < side else F.adaptive_max_pool2d(s, side) for s in scores]
        weights[side] = 1 + 9 * F.max_pool2d(torch.stack(same).amax(0), 3, 1, 1)
    return weights
