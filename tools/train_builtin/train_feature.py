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

from faces import SIZE, produce
from metrics import verification
from networks import FeatureNet, load_folded
from schedule import Average, Log, Progress, clock, cosine_rate, parameter_groups, save, set_rate, to_input

DIM, MAPS = 256, (128, 8, 8)
SAVE_EVERY, EVALUATE_EVERY = 500, 1500


class Replay:
    """The last composed faces: each is used twice or so, since composing and describing one costs half a step."""

    def __init__(self, capacity: int) -> None:
        self.images = np.zeros((capacity, SIZE, SIZE, 3), np.uint8)
        self.features = np.zeros((capacity, DIM), np.float32)
        self.maps = np.zeros((capacity, *MAPS), np.float16)
        self.count = 0

    def add(self, images: np.ndarray, features: np.ndarray, maps: np.ndarray) -> None:
        rows = (self.count + np.arange(len(images))) % len(self.images)
        self.images[rows], self.features[rows], self.maps[rows] = images, features, maps
        self.count += len(images)

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mirrored copies: the teacher describes a mirrored face nearly alike; the student learns the mean."""
        rows = rng.integers(min(self.count, len(self.images)), size=size)
        return self.images[rows][:, :, ::-1], self.features[rows], self.maps[rows][..., ::-1]


class Loss(nn.Module):
    """Distance to the teacher's vector, and the same seen from thousands of other faces' vectors.

    The second part weighs the directions in which faces really differ: it is what comparisons are made of.
    """

    def __init__(self, others: int = 4096, weight: float = 8.0) -> None:
        super().__init__()
        self.register_buffer("bank", torch.zeros(others, DIM))
        self.weight, self.filled = weight, 0

    def forward(self, student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
        rows = (self.filled + torch.arange(len(teacher))) % len(self.bank)
        self.bank[rows] = teacher
        self.filled += len(teacher)
        bank = self.bank[: min(self.filled, len(self.bank))]
        cosine = (student * teacher).sum(1).mean()
        relation = ((student - teacher) @ bank.T).square().mean()
        return 1 - cosine + self.weight * relation, cosine


class Inner(nn.Module):
    """How far the student's last maps are from the teacher's, through a layer that only the training has.

    A vector tells 256 numbers about a face, the maps tell 6,000: with few faces at hand the student needs them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(256, MAPS[0], 1)
        self.bn = nn.BatchNorm2d(MAPS[0], affine=False)  # the teacher's channels, as deviations

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        teacher = self.bn(F.interpolate(teacher, size=student.shape[-2:], mode="bilinear", align_corners=False))
        return (self.layer(student) - teacher).square().mean()


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
        net.load_state_dict(torch.load(options.start))
    return net


def mixed_batch(queue: "mp.Queue", replay: Replay, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Half new faces, half mirrored old ones."""
    fresh = queue.get()
    replay.add(*fresh)
    images, features, maps = (
        np.concatenate(pair) for pair in zip(fresh, replay.sample(len(fresh[0]), rng), strict=True)
    )
    return to_input(images), torch.from_numpy(features), torch.from_numpy(maps).float()


def train(net: FeatureNet, options: argparse.Namespace, queue: "mp.Queue") -> None:
    inner = Inner()
    optimizer = torch.optim.AdamW([*parameter_groups(net, 1e-2), *parameter_groups(inner, 1e-2)])
    loss_of, average, replay, rng = Loss(), Average(net), Replay(options.replay), np.random.default_rng(5)
    progress, log, step = Progress(options.end), Log(), 0
    while not progress.over:
        set_rate(optimizer, cosine_rate(options.rate, progress.step(), step))
        x, target, maps = mixed_batch(queue, replay, rng)
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            last = net.body(x)
            y = net.described(last)
        apart = inner(last.float(), maps)
        loss, cosine = loss_of(F.normalize(y.float()), target)
        (loss + options.inner * apart).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(net, step)
        step += 1
        log.add({"cosine": cosine.item(), "loss": loss.item(), "maps": apart.item()}, progress.value)
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
    parser.add_argument("--replay", type=int, default=30000)
    options = parser.parse_args()
    options.end = clock(options.until, options.minutes)
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    mp.set_start_method("spawn")
    queue: mp.Queue = mp.Queue(4)
    net = start_network(options)
    producer = (queue, options.work, options.teacher, options.batch // 2, int(time.time()))
    mp.Process(target=produce, args=producer, daemon=True).start()
    print("before:", evaluate(net, options.work), flush=True)
    train(net, options, queue)


if __name__ == "__main__":
    main()
