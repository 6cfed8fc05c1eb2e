"""What can be typed: commands, their arguments, help and examples. It imports nothing heavy."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value", int, float)
Parsers = Any  # argparse's own type of a group of subcommands is private


def build_parser() -> ArgumentParser:
    parser = _Parser(
        prog="facefolio",
        description="Makes galleries of faces and recognizes the people in photos, offline. "
        "Without arguments, or with the folder of a gallery, it opens its window.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version="facefolio 0.1.0")
    parser.set_defaults(quiet=False, verbose=0)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_demo, _gallery, _enroll, _recognize, _tag, _index, _models, _config, _paddlex, _serve, _evaluate):
        add(commands)
    return parser


def parse(arguments: Sequence[str]) -> Namespace:
    """As ArgumentParser.parse_args, but names may also stand after options, which argparse takes apart wrongly."""
    parser = build_parser()
    found, rest = parser.parse_known_args(arguments)
    if rest and (not hasattr(found, "words") or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if hasattr(found, "words"):
        found.words += rest
    return found


class _Parser(ArgumentParser):
    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", RawDescriptionHelpFormatter)
        super().__init__(**options)


def _command(commands: Parsers, name: str, handler: str, summary: str, *, examples: str = "") -> ArgumentParser:
    epilog = f"examples:\n{examples}" if examples else None
    parser: ArgumentParser = commands.add_parser(name, help=summary, description=summary, epilog=epilog)
    parser.set_defaults(handler=handler)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, no chatter")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="tell more; twice tells all")
    return parser


def _group(commands: Parsers, name: str, summary: str) -> Parsers:
    group = commands.add_parser(name, help=summary, description=summary)
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _with_gallery(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("gallery", metavar="GALLERY", type=Path, help="folder of the gallery")
    return parser


def _with_device(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("--engine", choices=("auto", "onnxruntime", "openvino", "paddle"), help="runtime of the models")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), help="where the models run")
    return parser


def _with_engine(parser: ArgumentParser) -> ArgumentParser:
    _with_device(parser)
    parser.add_argument("--threads", type=_number(0, 256), metavar="N", help="processor threads; 0 takes every core")
    return parser


def _with_thresholds(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("--index", default="default", metavar="NAME", help="index to search (default: default)")
    parser.add_argument("--det-threshold", type=_share(0, 1), metavar="S", help="least detection score")
    parser.add_argument("--rec-threshold", type=_share(-1, 1), metavar="T", help="cosine from which a person is known")
    parser.add_argument("--margin", type=_share(0, 2), metavar="M", help="least distance to the second person")
    parser.add_argument("--top-k", type=_number(1, 100), metavar="K", help="people named per face at most")
    return parser


def _demo(commands: Parsers) -> None:
    summary = "draw a small town of people, enroll them and tag group pictures; needs no photo and no network"
    parser = _command(commands, "demo", "core.cli.demo:run", summary)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("facefolio-demo"), metavar="FOLDER")
    parser.add_argument("--people", type=_number(2, 200), default=12, metavar="N", help="people enrolled (default: 12)")
    parser.add_argument("--groups", type=_number(1, 500), default=8, metavar="N", help="group pictures (default: 8)")
    parser.add_argument("--seed", type=_number(0, 2**31 - 1), default=7, metavar="N", help="another seed, another town")
    _with_engine(parser)


def _gallery(commands: Parsers) -> None:
    group = _group(commands, "gallery", "make, show and change galleries")

    def add(name: str, summary: str, examples: str = "") -> ArgumentParser:
        return _with_gallery(_command(group, name, f"core.cli.gallery:{name}", summary, examples=examples))

    new = add("new", "make an empty gallery", "  facefolio gallery new family.gallery --name Family")
    new.add_argument("--name", default="", help="name to show; the folder's name otherwise")
    show = add("show", "the people of a gallery, its model and its indexes")
    show.add_argument("--json", action="store_true", help="as JSON")
    rename = add("rename", "give a person another name", '  facefolio gallery rename family.gallery Ana "Anna Bell"')
    rename.add_argument("identity", metavar="IDENTITY", help="name, or #number where names are equal")
    rename.add_argument("name", metavar="NAME")
    merge = add("merge", "make several people one", '  facefolio gallery merge family.gallery "Anna Bell" Anna Ana')
    merge.add_argument("identity", metavar="INTO")
    merge.add_argument("others", metavar="OTHER", nargs="+")
    remove = add("remove", "remove people; undo brings them back")
    remove.add_argument("identities", metavar="IDENTITY", nargs="+")
    add("undo", "take back the last change")
    add("redo", "make the change taken back last again")
    history = add("history", "the changes, newest first")
    history.add_argument("--limit", type=_number(1, 100000), default=20, metavar="N")
    summary = "compare the people with each other and advise a recognition threshold"
    threshold = _with_gallery(
        _command(group, "threshold", "core.cli.threshold:threshold", summary, examples=_THRESHOLD_EXAMPLES)
    )
    threshold.add_argument("--json", action="store_true", help="as JSON")
    threshold.add_argument(
        "--strangers", type=_share(0.1, 50), default=2, metavar="PERCENT", help="of strangers accepted (default: 2)"
    )
    threshold.add_argument("--save", action="store_true", help="use the advised one from now on")
    backup = add("backup", "copy the whole gallery into one file")
    backup.add_argument("file", metavar="FILE", type=Path)
    restore = add("restore", "make a gallery from a backup file")
    restore.add_argument("file", metavar="FILE", type=Path)
    erase = add("erase", "erase people for good: pictures, features and history; cannot be undone")
    erase.add_argument("identities", metavar="IDENTITY", nargs="+")
    erase.add_argument("--yes", action="store_true", help="do not ask")


def _enroll(commands: Parsers) -> None:
    summary = "put people into a gallery from folders per person, lists, or pictures with a name"
    parser = _command(commands, "enroll", "core.cli.enroll:run", summary, examples=_ENROLL_EXAMPLES)
    _with_gallery(parser)
    parser.add_argument("sources", metavar="SOURCE", type=Path, nargs="+", help="folder, gallery.txt, CSV or picture")
    parser.add_argument("--name", help="the person on all these pictures")
    parser.add_argument("--faces", choices=("one", "largest", "all"), default="one", help="which faces of a picture")
    parser.add_argument("--min-quality", type=_share(0, 1), metavar="Q", help="faces below are refused")
    parser.add_argument("--dry-run", action="store_true", help="look and report only; write nothing to the gallery")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="what became of every picture")
    _with_engine(parser)


def _recognize(commands: Parsers) -> None:
    summary = "who is in these pictures"
    examples = "  facefolio recognize family.gallery party.jpg --json - --save-img out"
    parser = _command(commands, "recognize", "core.cli.recognize:run", summary, examples=examples)
    _with_gallery(parser)
    parser.add_argument("inputs", metavar="INPUT", type=Path, nargs="+", help="picture or folder")
    _with_thresholds(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="results as JSON; - prints them")
    parser.add_argument("--save-img", type=Path, metavar="DIR", help="pictures with boxes and names")
    _with_engine(parser)


def _tag(commands: Parsers) -> None:
    summary = "who is in all photos of a folder"
    examples = "  facefolio tag family.gallery ~/Pictures --csv people.csv --resume"
    parser = _command(commands, "tag", "core.cli.tag:run", summary, examples=examples)
    _with_gallery(parser)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    _with_thresholds(parser)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="one row per face")
    parser.add_argument("--json", type=Path, metavar="FILE", help="one entry per photo")
    parser.add_argument("--annotate", type=Path, metavar="DIR", help="pictures with boxes and names")
    parser.add_argument("--resume", action="store_true", help="go on where the last run stopped; only new photos")
    _with_engine(parser)


def _index(commands: Parsers) -> None:
    group = _group(commands, "index", "build, change and check the indexes of a gallery")

    def add(name: str, summary: str, *, named: bool = True, examples: str = "") -> ArgumentParser:
        parser = _with_gallery(_command(group, name, f"core.cli.index:{name}_index", summary, examples=examples))
        if named:
            parser.add_argument("name", metavar="NAME", nargs="?", default="default", help="of the index")
        return parser

    summary = "build an index over all people or those named"
    build = add("build", summary, named=False, examples=_INDEX_EXAMPLES)
    build.add_argument("words", metavar="[NAME] [IDENTITY ...]", nargs="*")
    build.add_argument("--type", choices=("Flat", "HNSW32", "IVF"), default="Flat", help="kind of index")
    build.add_argument("--metric", choices=("IP", "L2"), default="IP")
    build.add_argument("--parameter", action="append", default=[], metavar="KEY=N", help="of the kind; see index show")
    for name, summary in (("append", "add people to an index"), ("remove", "take people out of an index")):
        add(name, summary, named=False).add_argument("words", metavar="[NAME] IDENTITY", nargs="+")
    add("list", "the indexes of a gallery", named=False)
    add("show", "one index in full")
    add("verify", "check an index against its gallery; measure recall and search time")
    add("compact", "rebuild an index without what was removed")
    add("delete", "delete an index; the gallery keeps the faces")
    export = add("export", "write an index as a PaddleX folder")
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    imported = add("import", "take the people of a PaddleX index folder into the gallery", named=False)
    imported.add_argument("--from", dest="source", type=Path, required=True, metavar="FOLDER")
    imported.add_argument("--model", metavar="MODEL", help="the feature model that made it")


def _models(commands: Parsers) -> None:
    group = _group(commands, "models", "list, add, check and choose models")

    def add(name: str, summary: str, examples: str = "") -> ArgumentParser:
        return _command(group, name, f"core.cli.models:{name}_model", summary, examples=examples)

    add("list", "the models at hand, with licence; show tells their figures")
    for name, summary in (("show", "one model in full"), ("check", "checksums, engines, agreement")):
        add(name, summary).add_argument("name", metavar="MODEL")
    new = add("add", "make a model file or folder usable", _MODEL_EXAMPLES)
    new.add_argument("source", metavar="FILE_OR_FOLDER", type=Path)
    new.add_argument("--card", type=Path, metavar="CARD.yaml", help="what the model takes and gives")
    new.add_argument("--name", help="name to use; the card's otherwise")
    download = add(
        "download", "fetch a known model from its makers and add it; goes on where it stopped", _FETCH_EXAMPLES
    )
    download.add_argument("name", metavar="MODEL")
    convert = add("convert", "write a PaddleX model folder anew with its ONNX form beside it")
    convert.add_argument("folder", metavar="FOLDER", type=Path)
    convert.add_argument("--out", type=Path, metavar="FOLDER", help="where to (default: FOLDER_onnx)")
    add("remove", "delete an added model, or what has arrived of one").add_argument("name", metavar="MODEL")
    use = add("use", "choose a model for new galleries, or move a gallery to it")
    use.add_argument("name", metavar="MODEL")
    use.add_argument("--gallery", type=Path, metavar="GALLERY", help="make the features of this gallery anew")
    _with_engine(use)
    bench = add("bench", "measure models on this machine")
    bench.add_argument("names", metavar="MODEL", nargs="*")
    bench.add_argument("--threads", type=_number(0, 256), default=0, metavar="N")


def _config(commands: Parsers) -> None:
    group = _group(commands, "config", "the settings as PaddleX's face_recognition.yaml, and back")

    def add(name: str, summary: str) -> ArgumentParser:
        return _command(group, name, f"core.cli.config:{name}_config", summary)

    show = add("show", "the present settings, or what a file says")
    show.add_argument("file", metavar="FILE.yaml", type=Path, nargs="?")
    imported = add("import", "take the settings of a file over; what has no setting is told")
    imported.add_argument("file", metavar="FILE.yaml", type=Path)
    imported.add_argument("--add-models", action="store_true", help="add the models in its model_dir too")
    export = add("export", "write the present settings")
    export.add_argument("file", metavar="FILE.yaml", type=Path)
    export.add_argument("--index", type=Path, metavar="FOLDER", help="PaddleX index folder to name in it")


def _paddlex(commands: Parsers) -> None:
    group = _group(commands, "paddlex", "build and search an index exactly as PaddleX does")

    def add(name: str, summary: str) -> ArgumentParser:
        return _command(group, name, f"core.cli.paddlex:{name}", summary, examples=_PADDLEX_EXAMPLES)

    def with_models(parser: ArgumentParser) -> None:
        parser.add_argument("--pipeline", type=Path, metavar="FILE.yaml", help="a face_recognition.yaml")
        parser.add_argument("--feature", metavar="MODEL", help="face feature model: its name or its folder")
        _with_engine(parser)

    def with_list(parser: ArgumentParser) -> None:
        parser.add_argument("list", metavar="GALLERY.txt", type=Path, help='lines "path label"')
        parser.add_argument("--root", type=Path, metavar="FOLDER", help="paths count from it (default: the list's own)")
        with_models(parser)

    def with_index(parser: ArgumentParser) -> None:
        parser.add_argument("--index", type=Path, required=True, metavar="FOLDER", help="the index to change")
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="write here and leave the index as it is")

    build = add("build", "build an index folder from whole pictures, without looking for faces")
    with_list(build)
    build.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the index folder to write")
    build.add_argument("--index-type", choices=("Flat", "HNSW32", "IVF"), default="HNSW32")
    build.add_argument("--metric-type", choices=("IP", "L2"), default="IP")
    append = add("append", "add pictures to an index folder")
    with_list(append)
    with_index(append)
    remove = add("remove", "take faces out of an index folder, HNSW32 as well")
    remove.add_argument("ids", metavar="ID_OR_FILE", nargs="+", help="ids, or a remove_ids.txt")
    with_index(remove)
    predict = add("predict", "whose faces of an index the faces in pictures are nearest to")
    predict.add_argument("inputs", metavar="INPUT", nargs="+", help="picture, folder, PDF or http(s) address")
    predict.add_argument("--index", type=Path, metavar="FOLDER", help="index folder (default: the configuration's)")
    predict.add_argument("--detector", metavar="MODEL", help="detector: its name or its folder")
    with_models(predict)
    predict.add_argument("--det-threshold", type=_share(0, 1), metavar="S", help="detection scores must be above")
    predict.add_argument("--rec-threshold", type=_share(-1, 4), metavar="T", help="least cosine, or largest distance")
    predict.add_argument("--top-k", type=_number(1, 10000), metavar="K", help="nearest faces listed")
    predict.add_argument("--json", type=Path, metavar="FILE", help="results as JSON; - prints them")
    predict.add_argument("--save", type=Path, metavar="DIR", help="NAME_res.json and a picture with boxes per input")


def _serve(commands: Parsers) -> None:
    summary = "answer requests over HTTP, as PaddleX's service does"
    parser = _command(commands, "serve", "core.cli.serve:run", summary, examples=_SERVE_EXAMPLES)
    add = parser.add_argument
    add("galleries", metavar="GALLERY", type=Path, nargs="*", help="the first answers requests that name no index")
    add("--all-galleries", action="store_true", help="every gallery of yours may be named")
    add("--index", default="default", metavar="NAME", help="index of the galleries to search (default: default)")
    add("--pipeline", type=Path, metavar="FILE", help="a face_recognition.yaml, answering as PaddleX does")
    add("--host", default="127.0.0.1", help="where to listen; beyond this machine a token is needed")
    add("--port", type=_number(0, 65535), default=8080, help="default: 8080; 0 takes a free one")
    add("--token", help="what clients must show; better in --token-file or FACEFOLIO_TOKEN, which others cannot see")
    add("--token-file", type=Path, metavar="FILE")
    add("--writable", action="store_true", help="galleries may be changed; each change can be undone")
    add("--allow-urls", action="store_true", help="pictures may be fetched from addresses of the open internet")
    add("--allow-origin", action="append", default=[], metavar="ORIGIN", help="web pages that may ask; repeatable")
    add("--allow-host", action="append", default=[], metavar="NAME", help="a name the service is called by; repeatable")
    add("--store", type=Path, metavar="DIR", help="folder of the indexes that are built through the service")
    add("--max-body", type=_number(1, 4096), default=64, metavar="MB", help="largest request (default: 64)")
    add("--max-megapixels", type=_share(0.01, 1000), default=50.0, metavar="N", help="largest picture (default: 50)")
    add("--max-images", type=_number(1, 100_000), default=1000, metavar="N", help="most pictures of one request")
    add("--timeout", type=_share(1, 3600), default=60.0, metavar="S", help="seconds a request may take (default: 60)")
    add("--runs", type=_number(0, 256), default=0, metavar="N", help="requests worked on at once; 0 = one per core")
    add("--waiting", type=_number(0, 10_000), default=64, metavar="N", help="requests that may wait (default: 64)")
    add("--grace", type=_share(1, 3600), default=10.0, metavar="S", help="seconds for what runs when it is stopped")
    add("--log-file", type=Path, metavar="FILE", help="the log, one line of JSON per request (default: standard error)")
    add("--tls-cert", type=Path, metavar="FILE", help="certificate for https")
    add("--tls-key", type=Path, metavar="FILE")
    _with_device(parser)  # each request runs on one thread: --runs says how many at once


def _evaluate(commands: Parsers) -> None:
    summary = "measure the models: on pairs of photos, or the detector on pictures whose faces are known"
    parser = _command(commands, "evaluate", "core.cli.evaluate:run", summary, examples=_EVALUATE_EXAMPLES)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("pairs", metavar="PAIRS", nargs="?", type=Path, help="lines: path path 0|1")
    detect = "measure the detector on annotated pictures (JSON as of WIDER, XML of dlib, folder with annotations.json)"
    what.add_argument("--detect", metavar="FILE", nargs="+", type=Path, help=detect)
    parser.add_argument("--root", type=Path, metavar="DIR", help="folder of the paths (default: that of the file)")
    parser.add_argument(
        "--least", type=_share(0, 10_000), default=0.0, metavar="PIXELS", help="smaller faces are passed"
    )
    parser.add_argument("--det-threshold", type=_share(0, 1), metavar="S", help="least detection score")
    parser.add_argument("--detector", metavar="MODEL")
    parser.add_argument("--feature", metavar="MODEL")
    parser.add_argument("--json", type=Path, metavar="FILE")
    _with_engine(parser)


def _share(low: float, high: float) -> Callable[[str], float]:
    return _within(float, "a number", low, high)


def _number(low: int, high: int) -> Callable[[str], int]:
    return _within(int, "a whole number", low, high)


def _within(kind: Callable[[str], Value], called: str, low: Value, high: Value) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        try:
            value = kind(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is not {called}") from None
        if not low <= value <= high:
            raise ArgumentTypeError(f"{value} does not lie between {low} and {high}")
        return value

    return read


def overrides(arguments: Namespace) -> dict[str, Any]:
    """The settings that arguments of the same name replace for this call."""
    names = ("engine", "device", "threads", "det_threshold", "rec_threshold", "margin", "top_k", "min_quality")
    given = {name: getattr(arguments, name, None) for name in (*names, "detector", "feature")}
    return {name: value for name, value in given.items() if value is not None}


_EXAMPLES = """examples:
  facefolio demo                                   a town of drawn people, tagged
  facefolio gallery new family.gallery             an empty gallery
  facefolio enroll family.gallery people/          one folder per person
  facefolio tag family.gallery ~/Pictures --csv people.csv
  facefolio recognize family.gallery party.jpg

exit status: 0 all well, 1 some inputs failed (each is named), 2 wrong use, 130 interrupted."""
_ENROLL_EXAMPLES = """  facefolio enroll family.gallery people/                 people/Anna/1.jpg, people/Ben/...
  facefolio enroll family.gallery gallery.txt             lines: path name
  facefolio enroll family.gallery anna.jpg --name Anna --faces largest
  facefolio enroll family.gallery people/ --dry-run --report plan.json"""
_THRESHOLD_EXAMPLES = """  facefolio gallery threshold staff.gallery
  facefolio gallery threshold staff.gallery --save           for every gallery, as in the settings window"""
_INDEX_EXAMPLES = """  facefolio index build family.gallery quick --type HNSW32
  facefolio index build family.gallery staff Anna Ben
  facefolio index export family.gallery staff --to paddlex_index"""
_PADDLEX_EXAMPLES = """  facefolio paddlex build gallery.txt --to index --pipeline face_recognition.yaml
  facefolio paddlex append more.txt --index index --feature MobileFaceNet
  facefolio paddlex remove remove_ids.txt --index index
  facefolio paddlex predict party.jpg --index index --save out --pipeline face_recognition.yaml"""
_SERVE_EXAMPLES = """  facefolio serve family.gallery
  facefolio serve --pipeline face_recognition.yaml --port 8081
  facefolio serve staff.gallery --host 0.0.0.0 --token-file token.txt --tls-cert cert.pem --tls-key key.pem"""
_EVALUATE_EXAMPLES = """  facefolio evaluate pairs.txt --root lfw --json figures.json
  facefolio evaluate --detect annotations.json --least 30"""
_FETCH_EXAMPLES = """  facefolio models download MobileFaceNet"""
_MODEL_EXAMPLES = """  facefolio models add face.onnx --card face.yaml
  facefolio models add PP-YOLOE_plus-S_face/              a PaddleX model folder"""
