"""Whether a card tells the truth: its model is opened and run once, and what comes out is held against the card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from core.engines import Port, Session, open_session
from core.engines.feeds import describe
from core.engines.samples import input_size, sample_feeds
from core.errors import EngineProblem, ModelProblem, Text, phrase
from core.models.cards import Card

Arrays = list[NDArray[Any]]
_BATCH = 2  # the least that shows whether the batch is free
_FURTHER = ("im_shape", "scale_factor")
_STRIDES, _PARTS = (8, 16, 32), {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
_HINT = "Nothing was added. Correct the card, or take the model's other form."


def prove(card: Card, engine: str) -> Card:
    """The card, with what it left open (a feature's length, a detector's further inputs) as the model has it.

    Raises ModelProblem when the model does not fit the card and EngineProblem when the engine cannot open or run it.
    """
    session = open_session(card, engine=engine, device="cpu")
    try:
        return proved(card, session)
    finally:
        session.close()


def proved(card: Card, session: Session) -> Card:
    """As `prove`, for a session that is already open."""
    card = _with_inputs(card, session)
    try:
        outputs = run_once(card, session)
    except EngineProblem as problem:
        raise _unfit(
            card,
            phrase("The model {name} does not fit its card: it cannot take a picture of {wanted}. {given}"),
            problem.message,
            wanted=_size(card),
        ) from problem
    if card.task == "feature":
        return _with_length(card, outputs)
    _CHECKS[card.decoder](card, session, outputs)
    return card


def run_once(card: Card, session: Session) -> Arrays:
    """All outputs for a batch of two pictures of zeros."""
    return session.run(sample_feeds(session.inputs, size=input_size(card), batch=_BATCH))


def _size(card: Card) -> Text:
    height, width = input_size(card)
    return Text("{width} x {height} pixels", {"width": width, "height": height})


def _with_inputs(card: Card, session: Session) -> Card:
    """The card with the further inputs that the model really has; refuses a model that takes another picture."""
    pictures = [port for port in session.inputs if len(port.shape) == 4]
    others = [port.name for port in session.inputs if len(port.shape) != 4]
    named = tuple(name for name in others if name in _FURTHER)
    if len(pictures) != 1 or (len(named) != len(others) and len(card.inputs) != len(others)):
        raise _unfit(
            card,
            phrase("The model {name} does not fit its card: it takes the inputs {given}, not one picture."),
            ", ".join(port.name for port in session.inputs),
        )
    _check_picture(card, pictures[0])
    return replace(card, inputs=named if len(named) == len(others) else card.inputs)


def _check_picture(card: Card, port: Port) -> None:
    wanted = (None, 3, *input_size(card))
    fits = all(has is None or asked in (None, has) for has, asked in zip(port.shape, wanted, strict=True))
    if not fits or port.dtype != "float32":
        given = f"{port.dtype} {describe(port.shape)}"
        raise _unfit(
            card,
            phrase("The model {name} does not fit its card: it takes {given}, not float32 {wanted}."),
            given,
            wanted=describe(wanted),
        )


def _with_length(card: Card, outputs: Arrays) -> Card:
    shape = outputs[0].shape
    length = int(outputs[0].size) // _BATCH
    if shape[0] != _BATCH or len(shape) < 2 or max(shape[1:]) != length or card.length not in (0, length):
        raise _unfit(
            card,
            phrase("The model {name} does not fit its card: it gives {given}, not ({wanted})."),
            str(shape),
            wanted=f"{_BATCH}, {card.length or 'length'}",
        )
    return replace(card, length=length)


def _anchor_free(card: Card, session: Session, outputs: Arrays) -> None:
    height, width = input_size(card)
    wanted = {
        f"{part}_{stride}": (_BATCH, (height // stride) * (width // stride), sides)
        for part, sides in _PARTS.items()
        for stride in _STRIDES
    }
    names = [port.name for port in session.outputs]
    named = names if set(names) == set(wanted) else list(wanted)  # Paddle drops names and keeps the order
    if len(outputs) != len(wanted):
        raise _unfit(
            card,
            phrase("The model {name} does not fit its card: it gives {given} outputs, not {wanted}."),
            str(len(outputs)),
            wanted=str(len(wanted)),
        )
    for name, array in zip(named, outputs, strict=True):
        if array.shape != wanted[name]:
            raise _unfit(
                card,
                phrase("The model {name} does not fit its card: it gives {given}, not {wanted}."),
                f"{name} {array.shape}",
                wanted=str(wanted[name]),
            )


def _paddle_boxes(card: Card, session: Session, outputs: Arrays) -> None:
    shapes = ", ".join(str(array.shape) for array in outputs)
    if len(outputs) < 2 or outputs[0].ndim != 2 or outputs[0].shape[1] != 6 or outputs[1].shape != (_BATCH,):
        raise _unfit(
            card,
            phrase(
                "The model {name} does not fit its card: it gives {given}, not boxes (k, 6) and their numbers "
                "({wanted},)."
            ),
            shapes,
            wanted=str(_BATCH),
        )


_CHECKS = {"anchor_free": _anchor_free, "paddle_boxes": _paddle_boxes}


def _unfit(card: Card, message: str, given: Text | str, *, wanted: Text | str = "") -> ModelProblem:
    return ModelProblem(message, _HINT, name=card.name, given=given, wanted=wanted)
