"""Measures pairs of detector and feature model over the data folder, side by side, and prints a table of them as JSON.

    python evaluate.py --data DATA --pair NAME DETECTOR.onnx FEATURE.onnx [--pair ...] [--teachers] [--quick]

--teachers measures the third-party models of the data folder too; --quick leaves damaged pictures out.
"""

import argparse
import json
import os
from pathlib import Path

import cv2

from detection import Detector
from measure_detector import milliseconds, wider
from measure_feature import Feature, drawn, lfw, portraits, robustness

RULE = (0.44, 0.06)  # known, margin


def measure(detector: Detector, feature: Feature, data: Path, options: argparse.Namespace) -> dict[str, object]:
    rule = (options.known, options.margin)
    result: dict[str, object] = {
        "wider": wider(detector, data / "detect" / "wider_val100"),
        "lfw": lfw(detector, feature, data / "lfw", options.known),
        "portraits_320": portraits(detector, feature, data / "photos", 320, rule),
        "portraits_640": portraits(detector, feature, data / "photos", 640, rule),
        "drawn": drawn(detector, feature, options.score),
    }
    if not options.quick:
        result["robustness"] = robustness(detector, feature, data / "lfw")
    return result


def speed(pairs: dict[str, tuple[Detector, Feature]]) -> dict[str, float]:
    sessions = {}
    for name, (detector, feature) in pairs.items():
        side = 128 if feature.raw else 112
        sessions[f"{name}: detector 640x640"] = (detector.session, (1, 3, 640, 640))
        sessions[f"{name}: detector 320x320"] = (detector.session, (1, 3, 320, 320))
        sessions[f"{name}: feature"] = (feature.session, (1, 3, side, side))
    return milliseconds(sessions)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEFOLIO_TEST_DATA"))
    parser.add_argument("--pair", nargs=3, action="append", default=[], metavar=("NAME", "DETECTOR", "FEATURE"))
    parser.add_argument("--teachers", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--known", type=float, default=RULE[0])
    parser.add_argument("--score", type=float, default=0.65, help="the detector card's, for drawn people")
    parser.add_argument("--margin", type=float, default=RULE[1])
    return parser.parse_args()


def main() -> None:
    options = arguments()
    cv2.setNumThreads(1)
    pairs = {name: (Detector(detector), Feature(feature)) for name, detector, feature in options.pair}
    if options.teachers:
        models = options.data / "models"
        third = Detector(models / "yunet_n_dynamic.onnx", raw=True), Feature(models / "face_reid_0095.onnx", raw=True)
        pairs["teachers"] = third
    results: dict[str, object] = {"milliseconds": speed(pairs)}
    for name, (detector, feature) in pairs.items():
        results[name] = measure(detector, feature, options.data, options)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
