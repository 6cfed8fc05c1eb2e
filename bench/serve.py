"""The service under load against the bare engine: the recognizer called in this process with the same concurrency."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from core.gallery.gallery import Gallery
from core.index.shelf import Shelf
from core.photo_formats import read_header
from core.photos import Photo, encode_picture
from core.recognizer import Recognizer
from core.settings import Settings
from measuring import fill, group_picture, machine, models, people_features

ROOT = Path(__file__).resolve().parent.parent
TYPE = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="visualize"\r\n\r\nfalse\r\n--b\r\nContent-Disposition: form-data; '
)
HEAD += b'name="image"; filename="a.jpg"\r\n\r\n'

Ask = Callable[[bytes], int]


def loaded(ask: Callable[[], Ask], pictures: list[bytes], *, clients: int, requests: int) -> tuple[float, float]:
    """Requests per second, and the 99th percentile of their milliseconds; `ask` makes one client."""
    times: list[float] = []

    def client(number: int) -> None:
        call = ask()
        for turn in range(number, requests, clients):
            began = time.perf_counter()
            call(pictures[turn % len(pictures)])
            times.append((time.perf_counter() - began) * 1e3)

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    return requests / (time.perf_counter() - began), float(np.percentile(times, 99))


def bare(recognizer: Recognizer) -> Ask:
    def ask(data: bytes) -> int:
        path = Path("picture")
        return len(recognizer.recognize_photo(Photo(path, data, read_header(path, data))).faces)

    return ask


def over_http(address: str) -> Ask:
    line = http.client.HTTPConnection(address, timeout=60)

    def ask(data: bytes) -> int:
        line.request("POST", "/face-recognition-infer", HEAD + data + b"\r\n--b--\r\n", TYPE)
        answer = json.loads(line.getresponse().read())
        return len(answer["result"]["faces"])

    return ask


def started(gallery: Path, runs: int) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, str(ROOT / "main.py"), "serve", str(gallery), "--port", "0", "--runs", str(runs)]
    service = subprocess.Popen([*command, "--log-file", str(gallery.parent / "log")], stderr=subprocess.PIPE, text=True)
    assert service.stderr is not None
    for line in service.stderr:
        if line.startswith("Serving at "):
            return service, line.split()[2].rstrip(",").removeprefix("http://")
    raise SystemExit("the service did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=120, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=1000, help="in the gallery, five faces each")
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    print(machine())
    pictures = [
        encode_picture(group_picture(number, width=1280, height=800), kind="jpeg", quality=90) for number in range(6)
    ]
    with tempfile.TemporaryDirectory() as folder, models(1) as bench:
        with Gallery.create(Path(folder) / "g") as gallery:
            fill(gallery, people_features(options.people, 5, bench.model.length), bench.model, each=5)
            recognizer = bench.recognizer(Settings(), Shelf(gallery).open())
        service, address = started(Path(folder) / "g", cores)
        try:
            for clients in (1, cores, 4 * cores):
                compare(
                    recognizer, address, pictures, clients=clients, requests=options.requests, rounds=options.rounds
                )
        finally:
            service.terminate()
            service.wait()


def compare(
    recognizer: Recognizer, address: str, pictures: list[bytes], *, clients: int, requests: int, rounds: int
) -> None:
    """Both in turn, several times; the bare engine never has more callers than the service has runs."""
    rows = []
    callers = min(clients, os.cpu_count() or 1)
    for _ in range(rounds):
        ours = loaded(lambda: over_http(address), pictures, clients=clients, requests=requests)
        engine = loaded(lambda: bare(recognizer), pictures, clients=callers, requests=requests)
        rows.append((*ours, *engine, ours[0] / engine[0], ours[1] / engine[1]))
    rate, slowest, bare_rate, bare_slowest, share, longer = np.median(np.array(rows), axis=0)
    print(
        f"{clients} clients: {rate:.1f} requests/s, p99 {slowest:.0f} ms; bare with {callers} callers "
        f"{bare_rate:.1f}/s, p99 {bare_slowest:.0f} ms; ratio of rates {share:.3f}, of p99 {longer:.2f}"
    )


if __name__ == "__main__":
    main()
