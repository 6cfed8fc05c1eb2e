"""Run by test_paddlex_fuzz.py in a process of its own: `fuzz_readers.py READER CASES FOLDER`.

Damages sound files in thousands of ways and reads them. A reader may answer or raise a Problem; anything else ends this
process with a trace. What is let through to faiss is searched, changed and saved, since faiss trusts what it gets.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import Problem
from core.index.id_map import read_id_map
from core.paddlex.enrolling import gallery, ids_of
from core.paddlex.index_data import IndexData
from core.paddlex.model_cards import folder_card, label_of

MOST_MEMORY = 1 << 30  # bytes more than at the start
ROWS = np.random.default_rng(1).standard_normal((9, 4)).astype(np.float32)
NAMES = ["Anna", "Ben Ito", "李雷", "007", "Zoë", "it's: #1", "null", "x" * 50, "-"]
NUMBERS = [0, 1, 2, 7, 127, 255, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 62, (1 << 64) - 1]
TOKENS = (
    *(b"&a ", b"*a", b"<<: *a\n", b"!!python/object/apply:os.system [x]\n", b"!!binary ", b"? ", b"- ", b"{", b"}"),
    *(b"[" * 60, b"\n", b"\r\n", b": ", b"'", b'"', b"|\n", b"--- \n", b"%YAML 1.1\n", b"\x00", b"\xff\xfe"),
    *(b"1e999", b".nan", b"0x1F", b"1_000", b"~", b"99999999999999999999", b"\t", b" ", b".jpg ", b"../"),
    *(b"IxM2", b"IxMp", b"IHNf", b"IwFl", b"IxFI", b"IxF2", b"ilar", b"full", b"sprs", b"NormalizeImage", b"Resize"),
    *(b"id_map", b"a: &a [*a, *a]\n", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"cos\nsystem\n", b"."),
    *(b"r\xff\xff\xff\x7f", b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"),
)
INFERENCE = b"""mode: paddle
draw_threshold: 0.5
Global: {model_name: PP-YOLOE_plus-S_face}
Preprocess:
- {type: Resize, target_size: [640, 640], keep_ratio: false, interp: 2}
- {type: NormalizeImage, mean: [0.0, 0.0, 0.0], std: [1.0, 1.0, 1.0], norm_type: none}
- {type: Permute}
label_list: [face]
"""
FEATURE = b"""Global: {model_name: MobileFaceNet}
PreProcess:
  transform_ops:
  - ResizeImage: {size: [112, 112], interpolation: bilinear}
  - NormalizeImage: {scale: 1.0/255.0, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: hwc}
  - ToCHWImage: null
PostProcess: {NormalizeFeatures: null}
"""
GALLERY = "a.jpg Anna\nb 1.png\tBen Ito\n\nb 1.png 李雷\r\na.jpg Anna\n".encode()

Change = tuple[int, int, int, int]  # what to do, where, how much, with which


def damaged(seed: bytes, changes: list[Change]) -> bytes:
    data = bytearray(seed)
    for act, place, length, which in changes:
        at = place % (len(data) + 1)
        if act == 0:
            data[at : at + 1] = bytes([which % 256])
        elif act == 1:
            width = 4 if length % 2 else 8
            data[at : at + width] = (NUMBERS[which % len(NUMBERS)] % (1 << 8 * width)).to_bytes(width, "little")
        elif act == 2:
            del data[at : at + length]
        elif act == 3:
            data[at:at] = data[at : at + length]
        elif act == 4:
            data[at:at] = TOKENS[which % len(TOKENS)]
        else:
            del data[at:]
    return bytes(data)


def used(index: IndexData) -> None:
    index.search(np.eye(1, index.index.d, dtype=np.float32), 3, -9.0)
    index.append(np.eye(1, index.index.d, dtype=np.float32), ["new"])
    index.remove([0])
    index.search(np.eye(1, index.index.d, dtype=np.float32), 3, -9.0)


def index_seeds(folder: Path, name: str) -> list[bytes]:
    found = []
    for kind in ("Flat", "HNSW32", "IVF"):
        for metric in ("IP", "L2"):
            for count in (9, 0):
                index = IndexData.build(ROWS[:count], NAMES[:count], kind=kind, metric=metric)
                if name == "pickle":
                    found.append(index.to_bytes())
                    continue
                index.save(folder / "seed")
                found.append((folder / "seed" / name).read_bytes())
    return found


def reader_of(name: str, folder: Path) -> tuple[list[bytes], Callable[[bytes], object]]:
    """Sound files, and what reads one."""
    if name == "id_map":

        def read_labels(data: bytes) -> None:
            (folder / "id_map.yaml").write_bytes(data)
            read_id_map(folder / "id_map.yaml")

        return index_seeds(folder, "id_map.yaml")[:2], read_labels
    if name == "vector_index":
        for count in (9, 0):
            IndexData.build(ROWS[:count], NAMES[:count], kind="Flat", metric="IP").save(folder / str(count))

        def read_index(data: bytes) -> None:
            where = folder / ("0" if len(data) < 12 or data[8:16] == bytes(8) else "9")
            (where / "vector.index").write_bytes(data)
            used(IndexData.load(where))

        return index_seeds(folder, "vector.index"), read_index
    if name == "pickle":
        return index_seeds(folder, "pickle"), lambda data: used(IndexData.from_bytes(data))
    if name == "inference":
        (folder / "inference.onnx").write_bytes(b"x")

        def read_model(data: bytes) -> None:
            (folder / "inference.yml").write_bytes(data)
            label_of(folder_card(folder))

        return [INFERENCE, FEATURE], read_model

    def read_list(data: bytes) -> None:
        (folder / "gallery.txt").write_bytes(data)
        with contextlib.suppress(Problem):
            ids_of(folder / "gallery.txt")
        gallery(str(folder), str(folder / "gallery.txt"))

    for picture in ("a.jpg", "b 1.png"):
        (folder / picture).touch()
    return [GALLERY], read_list


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    pages = Path("/proc/self/statm")
    if pages.is_file():
        held = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MOST_MEMORY, held + MOST_MEMORY))


def main(name: str, cases: int, folder: Path) -> None:
    logging.disable()
    seeds, read = reader_of(name, folder)
    changes = st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 1 << 16), st.integers(0, 40), st.integers(0, 255)), max_size=4
    )
    done = answered = 0

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, len(seeds) - 1), changes, st.binary(max_size=8))
    def each(seed: int, edits: list[Change], tail: bytes) -> None:
        nonlocal done, answered
        done += 1
        try:
            read(damaged(seeds[seed], edits) + (tail if len(edits) % 2 else b""))
            answered += 1
        except Problem as problem:
            str(problem)

    for seed in seeds:
        read(seed)  # sound as they are; and what is loaded lazily is loaded now
    limit_memory()
    each()
    sys.stdout.write(f"{done} {answered}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
