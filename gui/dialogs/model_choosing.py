"""Questions about models: which gallery shall use one, the card of a stranger's file, whether to remove."""

from __future__ import annotations

from pathlib import Path

from core.files import write_text
from core.models.cards import Card
from gui.aside import Aside
from gui.desk import GalleryFacts
from gui.kit import Kit
from gui.language import counted, tr
from gui.model_work import ModelWork
from gui.models.model_cards import Row, Stock, size_words


def choose_model(kit: Kit, work: ModelWork, card: Card, stock: Stock) -> None:
    """Takes a model into use; a gallery with another feature model is moved only when the user says so."""
    name = "" if stock.defaults.get(card.task) == card.name else card.name
    if card.task == "detect":
        kit.state.change_settings(detector=name)
        return
    gallery = kit.state.gallery
    if gallery is None or gallery.model is None or gallery.model.space == card.space:
        kit.state.change_settings(feature=name)
        return

    def counted_up(left: int) -> None:
        if kit.state.gallery is not None and kit.state.gallery.folder == gallery.folder:
            _choose(kit, work, card, name, left)

    kit.state.desk.ask(lambda gallery, _: len(gallery.left_behind(card.space)), counted_up)


def _choose(kit: Kit, work: ModelWork, card: Card, name: str, left: int) -> None:
    """`left`: faces without pictures, which cannot be moved."""
    gallery = kit.state.gallery
    answer = None if gallery is None else _asked(kit, gallery, card, left)
    if gallery is None or answer is None:
        return
    kit.state.change_settings(feature=name)
    if answer == "move":
        work.move(gallery.folder, card.name)


def _asked(kit: Kit, gallery: GalleryFacts, card: Card, left: int) -> str | None:
    """ "move", "new", or None when the user backs out."""
    values = {"gallery": gallery.name, "old": gallery.model.name if gallery.model else "", "new": card.name}
    why = tr("The gallery {gallery} uses {old}. What two models say of a face cannot be compared.", **values)
    if gallery.read_only:
        how = tr("The gallery can only be read, so it stays with {old}.", **values)
        choices, answers = [tr("Only for new galleries")], ["new"]
    else:
        faces = counted("its {count} face", "its {count} faces", gallery.faces)
        how = tr(
            "To move it, {faces} are looked at once more with {new}, from the pictures kept in the gallery. It goes "
            "on with {old} until that is done, and undo brings {old} back.",
            faces=faces,
            **values,
        )
        if left:
            one = "{count} face came from an index without a picture: it cannot be moved, nor found from then on."
            many = "{count} faces came from an index without pictures: they cannot be moved, nor found from then on."
            how += "\n\n" + counted(one, many, left)
        choices, answers = [tr("Move the gallery"), tr("Only for new galleries")], ["move", "new"]
    answer = kit.ask.choice(tr("Use {new}", **values), f"{why}\n\n{how}", choices)
    return None if answer is None else answers[answer]


def add_with_card(kit: Kit, work: ModelWork, aside: Aside, path: Path, skeleton: str) -> None:
    """Offers the two ways to a card: one that there is, or lines to complete."""
    text = tr(
        "{file} does not tell how pictures are prepared for it. A card (card.yaml) says it: its maker's description "
        "of the model has the values.",
        file=path.name,
    )
    choices = [tr("Choose its card…"), tr("Save a card to complete…")]
    answer = kit.ask.choice(tr("The model needs a card"), text, choices)
    kinds = tr("Cards (*.yaml *.yml)")
    if answer == 0:
        card = kit.ask.file(tr("Choose the card of {file}", file=path.name), kinds)
        if card is not None:
            work.add(path, card=card)
    elif answer == 1:
        place = kit.ask.save_file(tr("Save a card to complete"), kinds, path.with_name("card.yaml"))
        if place is not None:
            told = tr("Complete the lines of {file}, then add the model again with this card.", file=place)
            aside.ask(
                lambda: write_text(place, skeleton.rstrip() + "\n"),
                lambda _: kit.state.notices.info(told),
                kit.state.notices.problem,
            )


def sure_to_remove(kit: Kit, row: Row) -> bool:
    """Files of a model come back by adding or fetching it again, so they are not kept for an undo."""
    if row.entry is not None and row.entry.state == "downloadable":
        size = size_words(row.entry.arrived)
        text = tr("{size} of {model} have arrived. Fetching it again begins at the start.", size=size, model=row.name)
        return kit.ask.sure(tr("Remove what has arrived?"), text, tr("Remove it"))
    text = tr("The files of {model} are deleted here. Galleries keep people, faces and features.", model=row.name)
    if row.use == "gallery":
        text += "\n\n" + tr("The open gallery uses it: nobody is recognized with it until the model is back.")
    return kit.ask.sure(tr("Remove {model}?", model=row.name), text, tr("Remove the model"))
