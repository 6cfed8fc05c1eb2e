"""The command line. This module stays light: a command's own module is imported when it runs."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from core.cli.parser import build_parser, parse
from core.cli.status import DONE, FAILED, INTERRUPTED, INTERRUPTED_WORDS, WRONG_USE
from core.errors import InputProblem, Problem, SettingsProblem

log = logging.getLogger("core.cli")


def main(arguments: Sequence[str]) -> int:
    """Runs one command; the exit status is 0 when all went well, 1 when some input failed, 2 on wrong use."""
    if not arguments:
        build_parser().print_help()
        return DONE
    _speak_any_name()
    try:
        return _run(parse(arguments))
    except (InputProblem, SettingsProblem) as problem:
        return _told(problem, WRONG_USE)
    except Problem as problem:
        return _told(problem, FAILED)
    except KeyboardInterrupt:
        print(INTERRUPTED_WORDS, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): no reason to complain, nor to complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _told(_of_system(error), FAILED)
    except Exception as error:  # a fault of ours: told in words, with the way to tell us
        return _told(_of_fault(error), FAILED)


def _speak_any_name() -> None:
    """A terminal that cannot show a name gets it escaped; it is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: Namespace) -> int:
    from core import log as logs
    from core import paths, settings
    from core.cli.console import Console

    logs.set_up(verbosity=arguments.verbose, file=logs.usable(paths.logs_folder() / "facefolio.log"))
    module, function = arguments.handler.split(":")
    values = settings.load(paths.settings_file())
    with Console(quiet=arguments.quiet) as console:
        status: int = getattr(importlib.import_module(module), function)(arguments, values, console)
        return max(status, FAILED if console.failures else DONE)


def _told(problem: Problem, status: int) -> int:
    log.debug("ended by a problem", exc_info=problem)
    print(f"facefolio: {problem}", file=sys.stderr)
    return status


def _of_system(error: OSError) -> Problem:
    return Problem(
        "{path}: {reason}.",
        "Nothing is half-written: what was committed before is kept.",
        path=error.filename or "the disk",
        reason=error.strerror or str(error),
    )


def _of_fault(error: Exception) -> Problem:
    log.info("a fault of the program", exc_info=error)  # for the file; the screen gets the sentence
    return Problem(
        "The program has a fault: {kind}: {error}.",
        "What was committed is safe. The log tells more; please report it.",
        kind=type(error).__name__,
        error=error,
    )
