"""Gathers what is said on the screen into resources/translations/facefolio_*.ts and compiles them.

    python tools/translations.py            new sentences in, dead ones out, translations kept; then compile
    python tools/translations.py --missing  the sentences that have no translation yet, as JSON

Sentences of the window (context "gui") stand in tr(), counted() and mark(); sentences of the core (context "core") in
Text() and phrase(), in the kinds of Problem, in changing(), in the declarations of settings and the kinds of indexes,
and in the cards of resources/models.yaml.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = ("zh_CN",)
NOT_SHOWN = ("core/cli", "core/paddlex", "core/server")  # they speak to terminals and to programs
SHOWN = tuple(
    f"core/paddlex/{name}.py" for name in ("config", "config_settings", "saving", "taking_over")
)  # but for these
_GUI = {"tr": 1, "counted": 2, "mark": 1}  # function -> how many of its first arguments are sentences
_SETTING = ("label", "note", "words", "special", "unit", "page")
_REASONS = {"Fault": 1, "_need": 1, "_UnsoundError": 0}  # function -> which argument is a part of a sentence
_TABLES = ("Kind", "Parameter")  # of indexes: their strings are sentences
Key = tuple[str, str]  # context, sentence


@dataclass
class Module:
    """One source file, with the strings that its names stand for."""

    tree: ast.Module
    strings: dict[str, list[str]] = field(default_factory=dict)


def sources(root: Path = ROOT) -> list[Key]:
    """Every sentence with its context, sorted."""
    modules = {path: _module(path) for path in _files(root)}
    shared: dict[str, list[str]] = {}
    for module in modules.values():
        for name, found in module.strings.items():
            if name.lstrip("_").isupper() and not name.startswith("_"):
                shared.setdefault(name, []).extend(found)
    keys = {key for module in modules.values() for key in _sentences(module, shared)}
    keys |= {("core", text) for text in _of_cards(root / "resources" / "models.yaml")}
    return sorted(key for key in keys if key[1].strip() and not key[1].endswith(" "))  # that is half a sentence


def read_ts(path: Path) -> dict[Key, str]:
    """The finished translations of a .ts file."""
    if not path.exists():
        return {}
    found = {}
    for context in ET.parse(path).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.text and translation.get("type") != "unfinished":
                found[name, message.findtext("source") or ""] = translation.text
    return found


def ts_text(keys: list[Key], translations: dict[Key, str], language: str) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>", f'<TS version="2.1" language="{language}">']
    for context in sorted({context for context, _ in keys}):
        lines += ["<context>", f"    <name>{context}</name>"]
        for key in keys:
            if key[0] == context:
                lines.append(_message(key[1], translations.get(key, "")))
        lines.append("</context>")
    return "\n".join([*lines, "</TS>", ""])


def _message(source: str, translation: str) -> str:
    done = f"<translation>{escape(translation)}</translation>" if translation else '<translation type="unfinished"/>'
    return f"    <message>\n        <source>{escape(source)}</source>\n        {done}\n    </message>"


# --- finding sentences -----------------------------------------------------------------------------------------------


def _files(root: Path) -> list[Path]:
    hidden = [root / room for room in NOT_SHOWN]
    files = [path for room in ("core", "gui") for path in sorted((root / room).rglob("*.py"))]
    shown = {root / name for name in SHOWN}
    return [path for path in files if path in shown or not any(path.is_relative_to(room) for room in hidden)]


def _module(path: Path) -> Module:
    module = Module(ast.parse(path.read_text(encoding="utf-8")))
    answers = _answers(module.tree)
    for node in ast.walk(module.tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = [node.target]
        value = getattr(node, "value", None)
        for target in targets:
            for name, part in _pairs(target, value):
                found = _constants(part, module.strings) + _answered(part, answers)
                module.strings.setdefault(name, []).extend(found)
    return module


def _answers(tree: ast.Module) -> dict[str, list[str]]:
    """Per function the sentences that it may return: strings of several words, alone or in a tuple."""
    found: dict[str, list[str]] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
            found[function.name] = [text for value in values for text in _constants(value) if " " in text]
    return found


def _answered(value: ast.expr, answers: dict[str, list[str]]) -> list[str]:
    return answers.get(value.func.id, []) if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else []


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    if value is None:
        return
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, part in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, part)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
        for one in target.elts:
            yield from _pairs(one, value)
    elif isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Attribute):
        yield target.attr, value


def _constants(value: ast.expr, names: Mapping[str, list[str]] | None = None) -> list[str]:
    """The strings that an expression may be, or that a collection holds; `names` tells what stands for strings."""
    names = names or {}
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    if isinstance(value, ast.IfExp):
        return _constants(value.body, names) + _constants(value.orelse, names)
    if isinstance(value, ast.BoolOp):
        return [text for part in value.values for text in _constants(part, names)]
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return [text for part in value.elts for text in _constants(part, names)]
    if isinstance(value, ast.Dict):
        return [text for part in value.values for text in _constants(part, names)]
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Dict | ast.Tuple):
        return _constants(value.value, names)
    if isinstance(value, ast.Name):
        return names.get(value.id, [])
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        return [text for part in (value.func.value, *value.args[1:]) for text in _constants(part, names)]
    return _joined(value, names)


def _joined(value: ast.expr, names: Mapping[str, list[str]]) -> list[str]:
    """Sentences put together of constant ones: `_SAFE + "Try again."`, f"Try again. {_SAFE}"."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        parts = [value.left, value.right]
    elif isinstance(value, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in value.values]
    else:
        return []
    return ["".join(chosen) for chosen in product(*(_constants(part, names) for part in parts))]


def _sentences(module: Module, shared: dict[str, list[str]]) -> Iterator[Key]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            context, arguments = _spoken(node)
            for argument in arguments:
                for text in _meant(argument, module, shared):
                    yield context, text
        elif isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "PAGES" for target in node.targets):
            for text in _constants(node.value):
                yield "core", text


def _of_cards(file: Path) -> Iterator[str]:
    """What the cards that come with the program tell: notes, origins, and what their figures are of."""
    import yaml

    cards = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    for card in (card for group in cards.values() for card in group):
        yield from filter(None, (card.get("note"), card.get("origin"), *card.get("figures", {})))


def _spoken(call: ast.Call) -> tuple[str, list[ast.expr]]:
    """The context of a call and those of its arguments that are said to a person."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in _GUI and isinstance(call.func, ast.Name):
        return "gui", call.args[: _GUI[name]]
    if name in {"Text", "phrase"}:
        return "core", call.args[:1]
    if name.endswith("Problem") and name[:1].isupper():
        return "core", call.args[:2]
    if name in _REASONS:
        return "core", call.args[_REASONS[name] :][:1]
    if name == "changing":
        return "core", call.args[1:2]
    if name in _TABLES:
        return "core", [*call.args, *(word.value for word in call.keywords)]
    if name == "setting":
        return "core", call.args[1:3] + [word.value for word in call.keywords if word.arg in _SETTING]
    return "", []


def _meant(argument: ast.expr, module: Module, shared: dict[str, list[str]]) -> list[str]:
    if isinstance(argument, ast.Name):
        return module.strings.get(argument.id) or shared.get(argument.id, [])
    if isinstance(argument, ast.Attribute):
        return shared.get(argument.attr, [])
    if isinstance(argument, ast.IfExp):
        return _meant(argument.body, module, shared) + _meant(argument.orelse, module, shared)
    if isinstance(argument, ast.Starred):
        return _meant(argument.value, module, shared)
    if isinstance(argument, ast.Subscript) and isinstance(argument.value, ast.Name):
        return _meant(argument.value, module, shared)  # of a table any sentence may be said
    return _constants(argument, module.strings)


# --- the command -----------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--missing", action="store_true", help="print what is not translated yet, as JSON")
    parser.add_argument(
        "--merge", type=Path, metavar="FILE.json", help='take translations in: {"gui": {"Open": "打开"}}'
    )
    arguments = parser.parse_args()
    keys = sources()
    for language in LANGUAGES:
        path = FOLDER / f"facefolio_{language}.ts"
        translations = read_ts(path)
        if arguments.merge:
            given = json.loads(arguments.merge.read_text(encoding="utf-8"))
            translations |= {(context, text): said for context in given for text, said in given[context].items()}
        missing = [key for key in keys if key not in translations]
        if arguments.missing:
            print(json.dumps([list(key) for key in missing], ensure_ascii=False, indent=0))
            continue
        FOLDER.mkdir(parents=True, exist_ok=True)
        path.write_text(ts_text(keys, translations, language), encoding="utf-8")
        compiler = Path(sys.executable).with_name("pyside6-lrelease")
        subprocess.run([str(compiler), "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)
        print(f"{path.name}: {len(keys)} sentences, {len(missing)} without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
