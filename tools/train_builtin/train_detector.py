"""Trains the detector: it copies the teacher's dense outputs on composed scenes and learns drawn heads exactly.

python train_detector.py --data DATA --work WORK --out NAME (--minutes M | --until HH:MM) [--start FIRST]
"""

import argparse
import multiprocessing as mp
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from labels import Batch
from networks import Apart, DetectorNet, load_folded
from scenes import produce
from schedule import Average, Log, Progress, clock, cosine_rate, parameter_groups, save, set_rate, to_input

# The convolutions of the first detector for those of this one: its stage 4 was a residual block, its stage 32 shorter.
FIRST_ROWS = [0, 1, *range(4, 19), None, None, *range(19, 28)]
PARTS = ("score", "box", "landmarks", "maps")
SAVE_EVERY = 250
TEACHER_CHANNELS = 64
WEIGHTS = (0.8, 2.0, 1.2)
# Large faces have few cells in the scenes, but people look at them: their boxes and landmarks count more.
PLACE_WEIGHTS = (1.0, 1.5, 3.0)


def distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Nearly the absolute difference: the last tenths of a cell, which make landmarks exact, keep their pull."""
    return F.smooth_l1_loss(student, teacher, reduction="none", beta=0.02).sum(-1)


def loss_parts(outputs: list[Tensor], targets: list[Tensor], apart: list[Tensor]) -> Tensor:
    """Sums over all cells of the four parts, in units of the number of faces' cells.

    Both of the student's probabilities learn the score: the teacher's `cls` alone is noise wherever there is no face.
    """
    parts, faces = torch.zeros(4), torch.zeros(())
    for y, target, inner, place in zip(outputs, targets, apart, PLACE_WEIGHTS, strict=True):
        score = (target[..., 0] * target[..., 1]).clamp(0, 1).sqrt()
        weight = 1 + 9 * score
        certain = score * (score > 0.25)
        entropy = F.binary_cross_entropy_with_logits(y[..., :2], torch.stack([score, score], -1), reduction="none")
        box, landmarks = distance(y[..., 2:6], target[..., 2:6]), distance(y[..., 6:], target[..., 6:])
        terms = (entropy.sum(-1) * weight, box * certain * place, landmarks * certain * place, inner * weight)
        parts = parts + torch.stack([term.sum() for term in terms])
        faces = faces + certain.sum()
    return parts / faces.clamp(min=1)


def adapt_first(net: DetectorNet) -> None:
    """What the first detector's weights lack for this one."""
    for out in net.out:  # see loss_parts: its `cls` had another meaning
        out.weight.data[0], out.bias.data[0] = out.weight.data[1], out.bias.data[1]
    new_block = net.stage32[2].second.bn
    nn.init.zeros_(new_block.weight)  # starts as an identity
    nn.init.zeros_(new_block.bias)


def start_network(options: argparse.Namespace, queue: "mp.Queue") -> DetectorNet:
    net = DetectorNet(short=options.short).to(memory_format=torch.channels_last)
    if options.start and options.start.suffix == ".onnx":
        batches = [to_input(queue.get().images[:8]) for _ in range(4)]
        load_folded(net, options.start, batches, None if options.same_shape else FIRST_ROWS)
        if not options.same_shape:
            adapt_first(net)
    elif options.start:
        state, wanted = torch.load(options.start), net.state_dict()  # a short one leaves a long one's block out
        net.load_state_dict({name: value for name, value in state.items() if name in wanted or not options.short})
    return net


def train(net: DetectorNet, options: argparse.Namespace, queue: "mp.Queue") -> None:
    # The outputs say nothing about most of a scene; the maps say 64 numbers about each cell, also where no face is.
    inner = nn.ModuleList([Apart(out.in_channels, TEACHER_CHANNELS) for out in net.out])
    weights = torch.tensor([*WEIGHTS, options.inner])
    optimizer = torch.optim.AdamW([*parameter_groups(net, 1e-2), *parameter_groups(inner, 1e-2)])
    average, progress, log, step = Average(net), Progress(options.end), Log(), 0
    while not progress.over:
        set_rate(optimizer, cosine_rate(options.rate, progress.step(), step))
        seen: Batch = queue.get()
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            levels = net.levels(to_input(seen.images))
            outputs = net.described(levels)
        maps = [torch.from_numpy(level).float() for level in seen.maps]
        rows = zip(inner, levels, maps, strict=True)
        apart = [differ(y.float(), teacher).mean(1).flatten(1) for differ, y, teacher in rows]
        parts = loss_parts([y.float() for y in outputs], [torch.from_numpy(y) for y in seen.targets], apart)
        (parts * weights).sum().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(net, step)
        step += 1
        log.add(dict(zip(PARTS, parts.tolist(), strict=True)), progress.value)
        if step % SAVE_EVERY == 0:
            save(options.out, net, average)
    save(options.out, net, average)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEFOLIO_TEST_DATA"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="path without suffix")
    parser.add_argument("--start", type=Path, help="exported first detector (.onnx) or a checkpoint (.pt)")
    parser.add_argument("--same-shape", action="store_true", help="the .onnx is of this network, not the first one")
    parser.add_argument("--short", action="store_true", help="the quicker network; not from an .onnx file")
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--until", help="HH:MM, instead of --minutes")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--inner", type=float, default=0.1, help="weight of the teacher's maps")
    options = parser.parse_args()
    options.end = clock(options.until, options.minutes)
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    mp.set_start_method("spawn")
    queue: mp.Queue = mp.Queue(4)
    mp.Process(target=produce, args=(queue, options.data, options.work, int(time.time())), daemon=True).start()
    train(start_network(options, queue), options, queue)


if __name__ == "__main__":
    main()
