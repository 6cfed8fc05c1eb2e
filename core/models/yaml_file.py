"""Reading YAML that a stranger may have written: small, plain, without bombs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from core.errors import ModelProblem, Text, why

LIMIT = 1 << 18  # bytes; the reader in plain Python takes seconds for more
_DIGITS = 64
# What the library stumbles over in tags such as `!!int ""`, in numbers and in depth, beside its own errors.
_STUMBLES = (ValueError, OverflowError, RecursionError, IndexError, KeyError, AttributeError, TypeError)
_SAFE = "Nothing was changed. Mend the file or take another one."


def read_yaml(path: Path, *, aliases: bool = False) -> Any:
    """The plain values of a YAML file of at most 256 KiB. Raises ModelProblem naming the file.

    `aliases` lets a value be referred to again (PaddleX's files do so); merging mappings is never allowed.
    """
    return parse_yaml(_bytes(path), path, aliases=aliases)


def read_own_yaml(path: Path) -> Any:
    """The values of a file that comes with the program: read quickly and on trust."""
    import yaml

    return yaml.load(_bytes(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def parse_yaml(content: bytes, path: Path, *, aliases: bool = False) -> Any:
    import yaml

    try:
        return yaml.load(content.decode("utf-8-sig"), Loader=_loader(aliases))
    except UnicodeDecodeError as error:
        raise ModelProblem("{path} is not a text file in UTF-8.", _SAFE, path=path) from error
    except (yaml.YAMLError, *_STUMBLES) as error:
        raise ModelProblem("{path} is not a usable YAML file: {error}", _SAFE, path=path, error=why(error)) from error


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise ModelProblem("{path} cannot be read: {error}.", _SAFE, path=path, error=why(error)) from error
    if len(content) > LIMIT:
        raise ModelProblem("{path} is larger than 256 KiB, which no such file is.", _SAFE, path=path)
    return content


@cache
def _loader(aliases: bool) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if not aliases and self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError(Text("values must not refer to one another (an alias was found)"))
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            # Before super() merges "<<" keys: nested merges grow without bound.
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if "<<" in names:
                raise yaml.YAMLError(Text("mappings must not be merged (a << key was found)"))
            if len(set(names)) != len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise yaml.YAMLError(Text("{field} is given twice", {"field": twice}))
            return super().construct_mapping(node, deep=deep)

        def flatten_mapping(self, node: Any) -> None:
            return

        def construct_yaml_int(self, node: Any) -> Any:
            # Numbers of any length can be written; making, showing and comparing them takes for ever or fails.
            if len(node.value) > _DIGITS:
                raise yaml.YAMLError(Text("a number of more than {most} digits was found", {"most": _DIGITS}))
            return super().construct_yaml_int(node)

    Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_yaml_int)
    return Loader
