"""The one place that imports OpenCV, because importing it changes the process.

opencv-python points Qt at its own Qt plugins and fonts through environment variables, which breaks every window
opened later in the same process; they are put back as they were.
"""

from __future__ import annotations

import os

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_VIDEO = {
    "OPENCV_FFMPEG_LOGLEVEL": "-8",  # silent: it would also print addresses with their passwords
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # else some cameras take half a minute to open
    "OPENCV_AVFOUNDATION_SKIP_AUTH": "1",  # asking for the camera is for the main thread: the window does it
}
_before = {name: os.environ.get(name) for name in _QT_VARIABLES}

for _name, _setting in _VIDEO.items():
    os.environ.setdefault(_name, _setting)

import cv2  # noqa: E402 - the environment is noted first

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

# Photos are decoded by several threads and models run beside them: a pool of OpenCV's own only gets in the way.
cv2.setNumThreads(1)
# What is wrong with a picture is told by a PhotoProblem, not by lines of OpenCV's on stderr.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

__all__ = ["cv2"]
