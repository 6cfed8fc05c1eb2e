"""Trains the face feature model: it copies the teacher's unit features on composed faces.

python train_feature.py --work WORK --teacher TEACHER.xml --out NAME (--minutes M | --until HH:MM) [--start FIRST]
"""

import argparse
import multiprocessing as mp
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from metrics import verification
from networks import Apart, FeatureNet, load_folded, load_grown
from schedule import Average, Log, Progress, clock, cosine_rate, parameter_groups, save, set_rate, to_input
from taught import DIM, MAPS, Taught, produce

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
    net.eval()
    return torch.cat([net(to_input(crops[i : i + batch])) for i in range(0, len(crops), batch)]).float().numpy()


def evaluate(net: nn.Module, work: Path) -> str:
    held_out = np.load(work / "lfw_eval.npz")
    with torch.autocast("cpu", torch.bfloat16):
        features = describe(net, held_out["A"])
    return str(verification(features, held_out["pairs"]))


def start_network(options: argparse.Namespace) -> FeatureNet:
    net = FeatureNet(blocks=tuple(options.blocks)).to(memory_format=torch.channels_last)
    if options.start and options.start.suffix == ".onnx":
        people = np.load(options.work / "people.npy", mmap_mode="r")[::12, 8:-8, 8:-8]
        load_folded(net, options.start, [to_input(people[i : i + 96]) for i in range(0, 576, 96)])
    elif options.start:
        load_grown(net, torch.load(options.start))
    return net


def train(net: FeatureNet, options: argparse.Namespace, queue: "mp.Queue") -> None:
    # A vector tells 256 numbers about a face, the maps tell 6,000: with few faces at hand the student needs them.
    inner = Apart(256, MAPS[0])
    optimizer = torch.optim.AdamW([*parameter_groups(net, 1e-2), *parameter_groups(inner, 1e-2)])
    loss_of, average, progress, log, step = Loss(), Average(net), Progress(options.end), Log(), 0
    while not progress.over:
        set_rate(optimizer, cosine_rate(options.rate, progress.step(), step))
        faces: Taught = queue.get()
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            last = net.body(to_input(faces.images))
            y = net.described(last)
        apart = inner(last.float(), torch.from_numpy(faces.maps).float()).mean()
        loss, parts = loss_of(F.normalize(y.float()), torch.from_numpy(faces.features))
        (loss + options.inner * apart).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(net, step)
        step += 1
        log.add({name: part.item() for name, part in {**parts, "maps": apart}.items()}, progress.value)
        if step % SAVE_EVERY == 0:
            save(options.out, net, average)
        if step % EVALUATE_EVERY == 0:
            print("average:", evaluate(average.net, options.work), flush=True)
    save(options.out, net, average)
    print("last:", evaluate(net, options.work), "average:", evaluate(average.net, options.work), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True, help="face-reidentification-retail-0095.xml")
    parser.add_argument("--out", type=Path, required=True, help="path without suffix")
    parser.add_argument("--start", type=Path, help="exported first stage (.onnx) or a checkpoint (.pt)")
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--until", help="HH:MM, instead of --minutes")
    parser.add_argument("--blocks", type=int, nargs=4, default=(1, 2, 2, 1))
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--inner", type=float, default=0.2, help="weight of the teacher's maps")
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
    net = start_network(options)
    producer = (queue, options.work, options.teacher, (options.batch, options.replay), int(time.time()))
    mp.Process(target=produce, args=producer, daemon=True).start()
    print("before:", evaluate(net, options.work), flush=True)
    train(net, options, queue)


if __name__ == "__main__":
    main()
