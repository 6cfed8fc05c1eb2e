"""The process that composes batches ends with the training that it feeds, however that ended."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

TRAINING = """
import multiprocessing as mp, os, sys, time
from producing import feed

def make():
    return bytes(10_000_000)  # more than a pipe holds

def produce(queue):
    print(os.getpid(), flush=True)
    feed(queue, make)

if __name__ == "__main__":
    mp.set_start_method("spawn")
    queue = mp.Queue(2)
    mp.Process(target=produce, args=(queue,), daemon=True).start()
    queue.get()
    time.sleep(0.5)  # the queue is full again
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by signal 0")
def test_a_producer_ends_when_its_training_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "training.py"
    script.write_text(TRAINING, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, script]
    started = subprocess.run(command, check=False, env=environment, stdout=subprocess.PIPE, timeout=60)
    producer, end = int(started.stdout), time.monotonic() + 30
    while time.monotonic() < end and alive(producer):
        time.sleep(0.1)
    assert not alive(producer)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
