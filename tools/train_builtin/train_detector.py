"""Trains the detector: it copies the teacher's maps and dense outputs on composed scenes, drawn heads exactly.

python train_detector.py --data DATA --work WORK --out NAME (--minutes M | --until HH:MM) [--start NAME.average.pt]

At first every part of the network looks at the teacher's maps (`--forced`): all of them learn at once, from
thousands of cells a picture, what is to be seen there whether there are faces or not. Then, in a second run,
they look at each other's.
"""

import argparse
import multiprocessing as mp
import os
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from detector_loss import WEIGHTS, map_distances, near_faces, output_distances
from detector_net import DetectorNet, load_grown
from labels import Batch
from maps import Maps, scaled, spreads
from scenes import produce
from schedule import Average, Log, Progress, clock, cosine_rate, parameter_groups, save, set_rate, to_input

PARTS = ("score", "box", "landmarks")
SAVE_EVERY = 250


def losses(net: DetectorNet, seen: Batch, wanted: Maps, forced: bool) -> tuple[Tensor, Tensor]:
    """Of the three kinds of outputs, and of each map."""
    with torch.autocast("cpu", torch.bfloat16):
        made = net.maps(to_input(seen.images), wanted if forced else None)
        outputs = net.described(wanted if forced else made)
    targets = [torch.from_numpy(y) for y in seen.targets]
    weights = near_faces(targets, drawn=forced)  # parts that see the teacher's maps must make what belongs to them
    return output_distances([y.float() for y in outputs], targets), map_distances(made, wanted, weights)


def train(net: DetectorNet, options: argparse.Namespace, queue: "mp.Queue") -> None:
    optimizer = torch.optim.AdamW(parameter_groups(net, 1e-2))
    average, progress, log, step = Average(net), Progress(options.end), Log(), 0
    weights, scales = torch.tensor(WEIGHTS), spreads(options.work / "spreads.npz", queue)
    while not progress.over:
        set_rate(optimizer, cosine_rate(options.rate, progress.step(), step))
        seen: Batch = queue.get()
        wanted = scaled(seen.maps, scales)
        net.train(options.forced)  # joined parts keep their normalizations: what is trained is what is exported
        outputs, maps = losses(net, seen, wanted, options.forced)
        ((outputs * weights).sum() + options.inner * maps.sum()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(net, step)
        step += 1
        log.add(dict(zip((*PARTS, *wanted), torch.cat([outputs, maps]).tolist(), strict=True)), progress.value)
        if step % SAVE_EVERY == 0:
            save(options.out, net, average)
    save(options.out, net, average)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEFOLIO_TEST_DATA"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="path without suffix")
    parser.add_argument("--start", type=Path, help="a checkpoint, of a network with as many units or fewer")
    parser.add_argument("--forced", action="store_true", help="every part looks at the teacher's maps")
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--until", help="HH:MM, instead of --minutes")
    parser.add_argument("--rate", type=float, default=1.5e-2, help="a tenth of it once parts look at each other's maps")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--inner", type=float, default=1.0, help="weight of the teacher's maps")
    options = parser.parse_args()
    options.end = clock(options.until, options.minutes)
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    mp.set_start_method("spawn")
    queue: mp.Queue = mp.Queue(4)
    mp.Process(target=produce, args=(queue, options.data, options.work, int(time.time())), daemon=True).start()
    net = DetectorNet().to(memory_format=torch.channels_last)
    if options.start:
        load_grown(net, torch.load(options.start))
    train(net, options, queue)


if __name__ == "__main__":
    main()
