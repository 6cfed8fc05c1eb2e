"""Memory while enrolling many photos: it must not grow with them."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import psutil

from core.gallery.gallery import Gallery
from core.jobs.enroll import EnrollOptions, accept, look
from core.jobs.sources import Labelled
from core.pictures import write_picture
from core.settings import Settings
from measuring import group_picture, machine, models


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    options = parser.parse_args()
    print(machine())
    process, memory = psutil.Process(), []
    with tempfile.TemporaryDirectory() as name, models(1) as bench:
        folder = Path(name)
        for number in range(20):
            write_picture(folder / f"{number}.jpg", group_picture(number, width=1280, height=800))
        # Copies with a comment behind the picture: other files, so nothing is skipped as already enrolled.
        for number in range(20, options.photos):
            data = (folder / f"{number % 20}.jpg").read_bytes()
            (folder / f"{number}.jpg").write_bytes(data[:2] + b"\xff\xfe\x00\x06%04d" % number + data[2:])
        sources = [Labelled(folder / f"{n}.jpg", f"Person {n % 40}") for n in range(options.photos)]
        job = look(sources, bench.recognizer(Settings()), enrolled={}, options=EnrollOptions(faces="largest"))
        began = time.perf_counter()
        while True:
            try:
                step = next(job)
            except StopIteration as end:
                plan = end.value
                break
            if step.done % 100 == 0:
                memory.append(process.memory_info().rss / 1e6)
        looked = time.perf_counter() - began
        with Gallery.create(folder / "g") as gallery:
            began = time.perf_counter()
            accept(gallery, plan, bench.model)
            written = time.perf_counter() - began
        plan.close()
        memory.append(process.memory_info().rss / 1e6)
    print(f"{options.photos} photos: looked {options.photos / looked:.1f}/s, written in {written:.2f} s")
    print(f"memory: {memory[0]:.0f} MB after 100, {memory[-2]:.0f} MB after all, {memory[-1]:.0f} MB after writing")


if __name__ == "__main__":
    main()
