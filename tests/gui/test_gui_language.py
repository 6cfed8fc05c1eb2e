"""Everything that is said is translated with the same placeholders, and the compiled file says the same."""

from __future__ import annotations

import ast
import errno
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from core.engines.problems import missing_package, on_processor
from core.errors import Problem, Text, why
from gui.kit import Kit
from gui.language import LANGUAGES, choose, counted, said, tr
from gui.windows import Windows

ROOT = Path(__file__).resolve().parents[2]


def load_tool() -> Any:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools" / "translations.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module  # its dataclasses ask for it
    spec.loader.exec_module(module)
    return module


tool = load_tool()
TS = ROOT / "resources" / "translations" / "facefolio_zh_CN.ts"


@pytest.fixture
def chinese(qapp: QCoreApplication) -> Iterator[None]:
    choose("zh_CN")
    yield
    choose("en")


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{[^{}]*\}", text))


def test_every_sentence_is_translated_and_no_dead_one_is_kept() -> None:
    sources, translated = set(tool.sources()), set(tool.read_ts(TS))
    assert not sources - translated, "run tools/translations.py and translate what is missing"
    assert not translated - sources, "run tools/translations.py: it drops dead sentences"


def test_placeholders_are_the_same() -> None:
    wrong = [key for key, text in tool.read_ts(TS).items() if placeholders(key[1]) != placeholders(text)]
    assert not wrong


def test_mnemonics_are_kept() -> None:
    wrong = [
        key
        for key, text in tool.read_ts(TS).items()
        if key[0] == "gui" and ("&" in key[1].replace("&&", "")) != ("&" in text.replace("&&", ""))
    ]
    assert not wrong


def test_the_compiled_file_says_the_same(qapp: QCoreApplication) -> None:
    translator = QTranslator()
    assert translator.load(str(TS.with_suffix(".qm")))
    wrong = [key for key, text in tool.read_ts(TS).items() if translator.translate(*key) != text]
    assert not wrong, "run tools/translations.py: it compiles"


def test_qts_own_words_come_along(chinese: None) -> None:
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    assert (folder / "qtbase_zh_CN.qm").is_file()
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"
    assert QLocale().name() == "zh_CN"


def test_words_of_the_window_and_of_the_core(chinese: None) -> None:
    assert tr("Settings") == "设置"
    assert counted("{count} face", "{count} faces", 1200) == "1,200 张人脸"
    problem = Problem("There is no {path}.", "Nothing was changed.", path="a.jpg")
    assert (said(problem.message), said(problem.hint)) == ("没有 a.jpg。", "没有更改任何内容。")
    inner = Text("The index {name} is stale: {reason}", {"name": "x", "reason": Text("It is made anew.")})
    assert said(inner) == "索引 x 已过期：它将重新生成。"


def test_a_name_that_is_also_a_word_is_not_translated(chinese: None) -> None:
    assert said(Text("Rename {old} to {new}", {"old": "Light", "new": "Dark"})) == "将 Light 重命名为 Dark"


def test_one_and_many(qapp: QCoreApplication) -> None:
    choose("en")
    assert counted("{count} face", "{count} faces", 1) == "1 face"
    assert counted("{count} face", "{count} faces", 2) == "2 faces"


@pytest.mark.parametrize("language", [*LANGUAGES, "system", "no such language"])
def test_any_choice_gives_a_known_language(qapp: QCoreApplication, language: str) -> None:
    assert choose(language) in LANGUAGES
    choose("en")


def test_actions_change_their_words(kit: Kit, chinese: None) -> None:
    kit.actions.texts()
    assert kit.actions["undo"].text() == "撤销(&U)"
    assert kit.actions["undo"].iconText() == "撤销"


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("name", ["settings", "models", "shortcuts", "about", "diagnostics"])
def test_an_open_window_turns_chinese_as_a_whole(kit: Kit, name: str, qtbot: Any) -> None:
    windows = Windows(kit)
    window = windows.show(name)
    kit.state.change_settings(language="zh_CN")
    kinds: tuple[type[QWidget], ...] = (QAbstractButton, QLabel)
    texts = [child.text() for kind in kinds for child in window.findChildren(kind)]  # type: ignore[attr-defined]
    texts += [window.windowTitle(), *(child.accessibleName() for child in window.findChildren(QWidget))]
    strange = [text for text in texts if re.search("[A-Za-z]{3}", text) and not re.search("[一-鿿]", text)]
    windows.shut()
    kit.state.change_settings(language="en")
    assert set(strange) <= {"FaceFolio", "Scroll Left", "Scroll Right"}  # the last two are Qt's own


def english(text: str) -> list[str]:
    """Lines of it that hold three words of English in a row, commands aside."""
    plain = re.sub("`[^`]*`", "", text)
    return [line for line in plain.splitlines() if re.search("[a-z]{2,},? [a-z]{2,},? [a-z]{2,}", line)]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_pages_of_all_models_are_chinese(kit: Kit, qtbot: Any) -> None:
    windows = Windows(kit)
    window: Any = windows.show("models")
    kit.state.change_settings(language="zh_CN")
    qtbot.waitUntil(lambda: bool(window.cards.rows))
    pages = []
    for row in range(window.cards.rowCount()):
        window.table.selectRow(row)
        pages.append(window.details.toPlainText())
    words = window._machine.text()
    windows.shut()
    kit.state.change_settings(language="en")
    assert len(pages) > 5
    assert [line for page in (*pages, words) for line in english(page)] == []


def test_a_strangers_card_keeps_its_own_words(chinese: None) -> None:
    assert said(Text("Taught with {my} holiday pictures")) == "Taught with {my} holiday pictures"


def test_what_an_engine_says_of_its_own_is_left_and_the_rest_is_chinese(chinese: None) -> None:
    note = on_processor(Text("CUDA refused the model ({error})", {"error": "no kernel"}))
    assert said(note) == "使用处理器，原因：CUDA 无法运行该模型（no kernel）。"
    assert said(missing_package("no_such_package", engine="Paddle", extra="x")).startswith("未安装 Paddle")


def test_words_of_the_system_are_chinese(chinese: None) -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    problem = Problem("{path} cannot be written: {reason}.", path="a", reason=why(error))
    assert said(problem.message) == "a 无法写入：磁盘空间不足。"


def test_no_sentence_hides_in_an_f_string() -> None:
    """What an f-string fills in cannot be taken out again to translate the rest."""
    hidden = []
    for path in (path for path in tool._files(ROOT) if path.is_relative_to(ROOT / "core")):
        module = tool._module(path)
        faults = [
            node for node in ast.walk(module.tree) if isinstance(node, ast.Raise) and "Problem" not in ast.dump(node)
        ]
        silent = {id(part) for node in faults for part in ast.walk(node)}  # they are caught, or the program's own
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.JoinedStr) or id(node) in silent or tool._constants(node, module.strings):
                continue
            words = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
            if re.search("[a-z]{2,} [a-z]{2,}", words) and not re.search("SELECT|INSERT|UPDATE", words):
                hidden.append(f"{path.name}: {words}")
    assert hidden == []


# --- the tool --------------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for room in ("core/cli", "gui"):
        (tmp_path / room).mkdir(parents=True)
    (tmp_path / "core" / "a.py").write_text(
        '_SAFE = "Nothing was lost."\n'
        "def f(path, many):\n"
        '    message = "{path} is gone."\n'
        "    raise PhotoProblem(message, _SAFE, path=path)\n"
        "def g(n):\n"
        '    return Text("Many" if n > 1 else "One")\n'
        'x: int = setting(1, "Label", "A note.", choices=("a", "b"), words=("A", "B"), low=0)\n'
        "def h(code):\n"
        '    raise PhotoProblem(*_TABLE[code]) if code else Problem("Bad.", f"Mend it. {_SAFE}")\n'
        '_TABLE = {1: ("Full.", "Make room. " + _SAFE)}\n'
        'Fault("side", "a number", 3)\n',
        encoding="utf-8",
    )
    (tmp_path / "core" / "cli" / "b.py").write_text('Text("only a terminal")\n', encoding="utf-8")
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "models.yaml").write_text(
        "built_in:\n- {name: x, licence: MIT, note: Quick., figures: {faces found: 1}}\n", encoding="utf-8"
    )
    (tmp_path / "gui" / "c.py").write_text(
        'one, many = "{count} cat", "{count} cats"\ncounted(one, many, 3)\ntr("Open", mark("&Close"))\nlog("no")\n',
        encoding="utf-8",
    )
    return tmp_path


def test_the_tool_finds_what_is_said(tree: Path) -> None:
    core = {text for context, text in tool.sources(tree) if context == "core"}
    gui = {text for context, text in tool.sources(tree) if context == "gui"}
    assert core == {
        *("{path} is gone.", "Nothing was lost.", "Many", "One", "Label", "A note.", "A", "B"),
        *("Bad.", "Mend it. Nothing was lost.", "Full.", "Make room. Nothing was lost."),
        *("a number", "Quick.", "faces found"),
    }
    assert gui == {"{count} cat", "{count} cats", "Open", "&Close"}


def test_translations_survive_the_file(tmp_path: Path) -> None:
    said_here = {("gui", 'A "word" & <more>'): "一个“词” & <更多>", ("core", "Two\nlines"): "两\n行"}
    file = tmp_path / "x.ts"
    file.write_text(tool.ts_text(sorted([*said_here, ("gui", "New")]), said_here, "zh_CN"), encoding="utf-8")
    assert tool.read_ts(file) == said_here
