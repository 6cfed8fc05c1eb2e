"""Trains the face feature model: it copies the teacher's maps and unit features on composed faces.

python train_feature.py --work WORK --teacher TEACHER.xml --out NAME (--minutes M | --until HH:MM) [--start NAME.pt]

At first every part of the network looks at the teacher's maps (`--forced`), then, in a second run, at each other's.
"""

import argparse
import multiprocessing as mp
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from feature_net import FeatureNet
from maps import Maps, scaled, spreads
from metrics import verification
from schedule import Average, Log, Progress, clock, cosine_rate, parameter_groups, save, set_rate, to_input
from taught import DIM, Taught, produce

RELATION, CONFUSED = 8.0, 1.5  # weights beside the distance to the teacher's vector
SAVE_EVERY, EVALUATE_EVERY = 500, 1500


class Loss(nn.Module):
    """Distance to the teacher's vector, and the same seen from thousands of other faces' vectors.

    The second part weighs the directions in which faces really differ: it is what comparisons are made of. The third
    looks for the faces to which a face is too near: what the student takes for one person and the teacher does not.
    """

    def __init__(self, others: int = 4096, nearest: int = 16) -> None:
        super().__init__()
        self.register_buffer("teachers", torch.zeros(others, DIM))
        self.register_buffer("students", torch.zeros(others, DIM))
        self.nearest, self.filled = nearest, 0

    def forward(self, student: Tensor, teacher: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        cosine = (student * teacher).sum(1).mean()
        seen = max(min(self.filled, len(self.teachers)), self.nearest)
        teachers, students = self.teachers[:seen].clone(), self.students[:seen].clone()  # gradients need them unchanged
        likeness = teacher @ teachers.T
        relation = (student @ teachers.T - likeness).square().mean()
        found = student @ students.T
        excess = F.relu(found - likeness)
        riskiest = (excess * found).detach().topk(self.nearest, dim=1).indices
        confused = excess.gather(1, riskiest).square().mean()
        self._keep(student.detach(), teacher)
        parts = {"cosine": cosine, "relation": relation, "confused": confused}
        return 1 - cosine + RELATION * relation + CONFUSED * confused, parts

    def _keep(self, student: Tensor, teacher: Tensor) -> None:
        rows = (self.filled + torch.arange(len(teacher))) % len(self.teachers)
        self.teachers[rows], self.students[rows] = teacher, student
        self.filled += len(teacher)


@torch.no_grad()
def describe(net: nn.Module, crops: np.ndarray, batch: int = 128) -> np.ndarray:
    return torch.cat([net(to_input(crops[i : i + batch])) for i in range(0, len(crops), batch)]).float().numpy()


def evaluate(net: nn.Module, work: Path) -> str:
    held_out = np.load(work / "lfw_eval.npz")
    with torch.autocast("cpu", torch.bfloat16):
        features = describe(net, held_out["A"])
    return str(verification(features, held_out["pairs"]))


def apart(made: Maps, wanted: Maps) -> Tensor:
    """(parts,) how far each map is from the teacher's, in its channels' deviations; `wanted` are the first faces'.

    Channels go last: gradients take their memory layout from here, and in any other normalizations are slow.
    """
    pairs = [(made[name].permute(0, 2, 3, 1), level.permute(0, 2, 3, 1)) for name, level in wanted.items()]
    return torch.stack([(mine[: len(level)].float() - level).square().mean() for mine, level in pairs])


def train(net: FeatureNet, options: argparse.Namespace, queue: "mp.Queue") -> None:
    optimizer = torch.optim.AdamW(parameter_groups(net, 1e-2))
    loss_of, average, progress, log, step = Loss(), Average(net), Progress(options.end), Log(), 0
    scales = spreads(options.work / "feature_spreads.npz", queue)
    net.train()
    while not progress.over:
        set_rate(optimizer, cosine_rate(options.rate, progress.step(), step))
        faces: Taught = queue.get()
        wanted = scaled(faces.maps, scales)
        given = {name: level.bfloat16() for name, level in wanted.items()} if options.forced else None
        with torch.autocast("cpu", torch.bfloat16):
            made = net.maps(to_input(faces.images), given)
            y = net.head(wanted["last"] if options.forced else made["last"])
        distances = apart(made, wanted)
        loss, parts = loss_of(F.normalize(y.float()), torch.from_numpy(faces.features))
        (loss + options.inner * distances.sum()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(net, step)
        step += 1
        values = {**parts, **dict(zip(wanted, distances, strict=True))}
        log.add({name: part.item() for name, part in values.items()}, progress.value)
        if step % SAVE_EVERY == 0:
            save(options.out, net, average)
        if step % EVALUATE_EVERY == 0:
            print("average:", evaluate(average.net, options.work), flush=True)
    save(options.out, net, average)
    print("average:", evaluate(average.net, options.work), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True, help="face-reidentification-retail-0095.xml")
    parser.add_argument("--out", type=Path, required=True, help="path without suffix")
    parser.add_argument("--start", type=Path, help="a checkpoint (.pt)")
    parser.add_argument("--forced", action="store_true", help="every part looks at the teacher's maps")
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--until", help="HH:MM, instead of --minutes")
    parser.add_argument("--new", type=int, default=64, help="new faces of a batch, with the teacher's maps")
    parser.add_argument("--again", type=int, default=32, help="worse copies of earlier ones; none with --forced")
    parser.add_argument("--rate", type=float, default=1e-2, help="a tenth of it once parts look at each other's maps")
    parser.add_argument("--inner", type=float, default=1.0, help="weight of the teacher's maps: a tenth, too")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--replay", type=int, default=30000)
    options = parser.parse_args()
    options.end = clock(options.until, options.minutes)
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    mp.set_start_method("spawn")
    queue: mp.Queue = mp.Queue(4)
    net = FeatureNet().to(memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start))
    sizes = (options.new, 0 if options.forced else options.again, options.replay)
    producer = (queue, options.work, options.teacher, sizes, int(time.time()))
    mp.Process(target=produce, args=producer, daemon=True).start()
    train(net, options, queue)


if __name__ == "__main__":
    main()
