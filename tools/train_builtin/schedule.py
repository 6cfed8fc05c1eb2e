"""What both trainings share: the progress towards a fixed end, the average of the weights, the log."""

import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn


class Progress:
    """Runs from 0 to 1 until a fixed wall clock time, also when the process is stopped for a while in between.

    Every step advances by the share of the remaining time that a usual step takes: a pause makes the following steps
    advance more, but never lets the learning rate jump.
    """

    def __init__(self, end: float) -> None:
        self.end, self.value, self.last, self.usual, self.steps = end, 0.0, time.time(), 0.0, 0

    def step(self) -> float:
        now = time.time()
        spent, self.last = now - self.last, now
        if self.steps < 3:  # the first steps wait for the producer
            self.usual = spent
        self.steps += 1
        self.usual += 0.05 * (min(spent, 3 * self.usual) - self.usual)
        share = self.usual / max(self.end - now, self.usual)
        self.value = min(1.0, self.value + (1 - self.value) * share)
        return self.value

    @property
    def over(self) -> bool:
        return time.time() >= self.end


def cosine_rate(peak: float, progress: float, step: int, warm: int = 150) -> float:
    return peak * min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * progress)) + peak * 1e-3


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


class Log:
    """Prints running means of the losses now and then."""

    def __init__(self, every: int = 50) -> None:
        self.every, self.begun, self.step = every, time.time(), 0
        self.means: dict[str, float] = {}

    def add(self, values: dict[str, float], progress: float) -> None:
        self.step += 1
        for name, value in values.items():
            self.means[name] = 0.98 * self.means.get(name, value) + 0.02 * value
        if self.step % self.every == 0:
            text = " ".join(f"{name} {value:.4f}" for name, value in self.means.items())
            pace = (time.time() - self.begun) / self.step
            print(f"{progress:.3f} step {self.step} {text}, {pace:.2f} s a step", flush=True)


class Average:
    """Exponential moving average of a network's weights and statistics."""

    def __init__(self, net: nn.Module, decay: float = 0.998) -> None:
        self.net, self.decay = copy.deepcopy(net).eval(), decay

    @torch.no_grad()
    def update(self, net: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, new in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(new, 1 - decay)
            else:
                mine.copy_(new)


def parameter_groups(net: nn.Module, weight_decay: float) -> list[dict]:
    """Weights decay; biases and normalizations do not."""
    parameters = list(net.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def clock(until: str | None, minutes: float) -> float:
    """The end as seconds since the epoch: the next HH:MM, or so many minutes from now."""
    if until is None:
        return time.time() + 60 * minutes
    hour, minute = (int(part) for part in until.split(":"))
    today = time.localtime()
    later = (hour, minute) <= today[3:5]  # the clock passes midnight before it
    return time.mktime((*today[:2], today.tm_mday + later, hour, minute, 0, *today[6:8], -1))


def save(out: Path, net: nn.Module, average: Average) -> None:
    """Under another name first: a stop in the middle must not cost the last good state."""
    for name, state in (("", net.state_dict()), (".average", average.net.state_dict())):
        part = out.with_name(out.name + name + ".part")
        torch.save(state, part)
        part.replace(out.with_name(out.name + name + ".pt"))


def to_input(images: np.ndarray) -> Tensor:
    """(n, h, w, 3) uint8 BGR as the networks take it."""
    x = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    return ((x - 127.5) / 127.5).contiguous(memory_format=torch.channels_last)
