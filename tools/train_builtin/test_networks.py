"""The networks' own promises: `pytest --import-mode=prepend tools/train_builtin`, where PyTorch is at hand."""

from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only in the training's environment")
onnx = pytest.importorskip("onnx", reason="onnx is only in the training's environment")

# ruff: noqa: E402  what follows needs both
from detection import open_session
from detector_loss import map_distances, near_faces, output_distances
from detector_net import DetectorNet, load_grown
from export import export_feature
from feature_net import FeatureNet
from maps import scaled, spreads
from networks import Halving, Weighing
from taught import Taught
from train_feature import apart

FEW, MANY = (1, 1, 1, 1, 1, 1, 1, 1, 1), (1, 2, 1, 3, 1, 1, 1, 1, 2)


def shaken(net: torch.nn.Module) -> torch.nn.Module:
    """With normalizations as after some training."""
    torch.manual_seed(0)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    return net.eval()


@torch.no_grad()
def test_parts_that_see_their_own_maps_make_the_same_ones() -> None:
    net, scene = shaken(DetectorNet(FEW)), torch.randn(1, 3, 64, 96)
    free = net.maps(scene)
    forced = net.maps(scene, free)
    assert all(torch.equal(forced[name], free[name]) for name in free)
    assert [tuple(y.shape) for y in net(scene)] == [(1, 96, 16), (1, 24, 16), (1, 6, 16)]


@torch.no_grad()
def test_a_grown_detector_finds_the_same() -> None:
    small, large, scene = shaken(DetectorNet(FEW)), DetectorNet(MANY).eval(), torch.randn(1, 3, 64, 64)
    load_grown(large, small.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(small(scene), large(scene), strict=True))


@torch.no_grad()
def test_parts_of_the_feature_model_that_see_their_own_maps_make_the_same_ones() -> None:
    net, faces = shaken(FeatureNet(8, 8)), torch.randn(2, 3, 112, 112)
    free = net.maps(faces)
    forced = net.maps(faces, free)
    assert all(torch.equal(forced[name], free[name]) for name in free)
    assert {name: tuple(made.shape[1:]) for name, made in free.items()} == {
        **dict.fromkeys(("stem", "fine1", "fine2"), (64, 32, 32)),
        **dict.fromkeys(("down1", "middle1", "middle2", "middle3"), (128, 16, 16)),
        **dict.fromkeys(("down2", "last"), (128, 8, 8)),
    }
    assert net(faces).shape == (2, 256)


@torch.no_grad()
def test_a_given_map_is_all_that_the_next_part_sees() -> None:
    net, faces = shaken(FeatureNet(8, 8)), torch.randn(2, 3, 112, 112)
    free = net.maps(faces)
    made = net.maps(faces, {name: torch.randn_like(level) for name, level in free.items()})
    assert torch.equal(made["stem"], free["stem"])
    assert not any(torch.allclose(made[name], free[name], atol=0.1) for name in free if name != "stem")


def test_what_is_quick_to_learn_computes_the_same() -> None:
    torch.manual_seed(0)
    picture = torch.randn(2, 8, 6, 6).contiguous(memory_format=torch.channels_last)
    for quick in (Halving(8, 8, 3, 2, 1, groups=8, bias=False), Weighing(8, 8, 6, groups=8, bias=False)):
        wanted = torch.nn.Conv2d.forward(quick, picture)
        assert quick.train()(picture).shape == wanted.shape
        assert torch.allclose(quick.train()(picture), wanted, atol=1e-6)
        assert torch.equal(quick.eval()(picture), wanted)


def test_gradients_keep_the_layout_of_the_maps() -> None:
    """In another layout normalizations take many times as long."""
    net, faces = FeatureNet(8, 8).to(memory_format=torch.channels_last), torch.randn(3, 3, 112, 112)
    made = net.maps(faces.contiguous(memory_format=torch.channels_last))
    wanted = {name: torch.zeros_like(level[:2]) for name, level in made.items()}
    last: list[bool] = []
    for level in made.values():
        level.register_hook(lambda gradient: last.append(gradient.is_contiguous(memory_format=torch.channels_last)))
    (apart(made, wanted).sum() + net.head(made["last"]).square().sum()).backward()
    assert last == [True] * len(made)


def test_maps_are_divided_by_deviations_that_are_measured_once(tmp_path: Path) -> None:
    rng, queue = np.random.default_rng(0), SimpleQueue()
    wide = {"stem": rng.normal(0, [[[[1]], [[8]]]], (16, 2, 32, 32)).astype(np.float16)}
    queue.put(Taught(np.zeros(0), np.zeros(0), wide))
    measured = spreads(tmp_path / "spreads.npz", queue, batches=1)
    assert measured["stem"].flatten().tolist() == pytest.approx([1.01, 8.01], rel=0.02)
    assert queue.empty()
    again = spreads(tmp_path / "spreads.npz", queue, batches=1)  # would wait for ever if it asked once more
    assert scaled(wide, again)["stem"].std((0, 2, 3)).tolist() == pytest.approx([1, 1], rel=0.02)


def targets_with_a_face(score: float = 0.9999) -> list[torch.Tensor]:
    """Of a scene of 64 pixels: one cell of stride 16 holds a face. With score 1 its label is exact, so it is drawn."""
    targets = [torch.zeros(1, side * side, 16) for side in (8, 4, 2)]
    targets[1][0, 5, :2] = score
    return targets


def test_cells_near_a_face_count_tenfold_at_every_stride() -> None:
    weights = near_faces(targets_with_a_face())
    assert sorted(weights) == [2, 4, 8, 16]
    assert weights[4][0, 0].round().tolist() == [[10, 10, 10, 1], [10, 10, 10, 1], [10, 10, 10, 1], [1, 1, 1, 1]]
    assert weights[8][0, 0, 2, 2] == pytest.approx(10, abs=0.01)
    assert weights[8][0, 0, 7, 7] == 1


def test_maps_near_drawn_faces_do_not_count_once_parts_are_joined() -> None:
    drawn, photographed = targets_with_a_face(1.0), targets_with_a_face()
    assert near_faces(drawn)[4][0, 0, 1, 1] == 10
    weights = near_faces(drawn, drawn=False)
    assert weights[4][0, 0].tolist() == [[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [1, 1, 1, 1]]
    assert weights[16][0, 0, 6, 6] == 0
    assert near_faces(photographed, drawn=False)[4][0, 0, 1, 1] > 9


def test_map_distances_are_weighted_means() -> None:
    weights = {4: torch.ones(1, 1, 4, 4)}
    weights[4][..., 0, 0] = 10
    teacher, student = torch.zeros(1, 64, 4, 4), torch.zeros(1, 64, 4, 4)
    student[:, :, 0, 0] = 2
    found = map_distances({"middle": student}, {"middle": teacher}, weights)
    assert found.tolist() == pytest.approx([4 * 10 / 25])
    student = student.contiguous(memory_format=torch.channels_last).requires_grad_()
    found = map_distances({"middle": student}, {"middle": teacher}, weights)
    (gradient,) = torch.autograd.grad(found.sum(), student)
    assert gradient.is_contiguous(memory_format=torch.channels_last)


def test_boxes_count_only_where_a_face_is() -> None:
    targets = targets_with_a_face()
    outputs = [torch.zeros_like(target) for target in targets]
    outputs[0][..., 2:] = 7.0
    assert output_distances(outputs, targets)[1:].tolist() == [0, 0]
    outputs[1][0, 5, 2] = 1.01
    assert float(output_distances(outputs, targets)[1]) == pytest.approx(
        1.5, rel=1e-3
    )  # 1.01 - 0.02 / 2, of the middle level


def test_half_stored_weights_are_widened_before_use(tmp_path: Path) -> None:
    out = tmp_path / "face_feature.onnx"
    net = shaken(FeatureNet(8, 8))
    export_feature(net, out)
    model = onnx.load(str(out))
    assert out.stat().st_size < 2.3 * sum(p.numel() for p in net.parameters())
    assert [node.op_type for node in model.graph.node[:2]] == ["Cast", "Cast"]
    session = open_session(out)
    assert session.get_outputs()[0].shape == ["n", 256]
    faces = np.random.default_rng(0).uniform(-1, 1, (2, 3, 112, 112)).astype(np.float32)
    with torch.no_grad():
        wanted = net(torch.from_numpy(faces)).numpy()
    assert session.run(None, {"image": faces})[0] == pytest.approx(wanted, rel=0.02, abs=0.02)
