"""How far a detector is from its teacher: in its outputs and in the maps they are made of."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

WEIGHTS = (0.8, 2.0, 2.4)  # of score, box, landmarks
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
        weight = (1 + 9 * score) * (1 + (target[..., 0] == 1).float())  # drawn faces, the exact ones, are few
        certain = score * (score > 0.25)
        entropy = F.binary_cross_entropy_with_logits(y[..., :2], torch.stack([score, score], -1), reduction="none")
        box, landmarks = distance(y[..., 2:6], target[..., 2:6]), distance(y[..., 6:], target[..., 6:])
        terms = (entropy.sum(-1) * weight, box * certain * place, landmarks * certain * place)
        parts = parts + torch.stack([term.sum() for term in terms])
        faces = faces + certain.sum()
    return parts / faces.clamp(min=1)


def map_distances(made: dict[str, Tensor], wanted: dict[str, Tensor], weights: dict[int, Tensor]) -> Tensor:
    """How far the maps are from the teacher's, in its channels' deviations; cells near faces count more.

    Channels go last: gradients take their memory layout from here, and any other one is slow.
    """
    parts = []
    for name, teacher in wanted.items():
        weight = weights[teacher.shape[-1]]
        error = (made[name].float() - teacher).permute(0, 2, 3, 1).square()
        parts.append((error.mean(-1) * weight[:, 0]).sum() / weight.sum())
    return torch.stack(parts)


def near_faces(targets: list[Tensor], *, drawn: bool = True) -> dict[int, Tensor]:
    """For each side in cells (n, 1, side, side): 1, and up to 10 near faces of any size.

    Without `drawn` it is 0 near faces with exact labels, which are drawn: the teacher is not sure of them, and what its
    maps say there would outweigh the labels.
    """
    grids = [target.unflatten(1, (int(target.shape[1] ** 0.5), -1)).permute(0, 3, 1, 2) for target in targets]
    scores = _spread([(grid[:, :1] * grid[:, 1:2]).clamp(0, 1).sqrt() for grid in grids])
    exact = _spread([(grid[:, :1] == 1).float() for grid in grids])
    return {side: (1 + 9 * scores[side]) * (1 if drawn else 1 - exact[side]) for side in scores}


def _spread(levels: list[Tensor]) -> dict[int, Tensor]:
    """The greatest value of all levels (n, 1, side, side) around each cell, for their sides and a finer one."""
    sides, spread = [2 * levels[0].shape[-1], *(level.shape[-1] for level in levels)], {}
    for side in sides:
        same = [F.interpolate(x, size=side) if x.shape[-1] < side else F.adaptive_max_pool2d(x, side) for x in levels]
        spread[side] = F.max_pool2d(torch.stack(same).amax(0), 3, 1, 1)
    return spread
