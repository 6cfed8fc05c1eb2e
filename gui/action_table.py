"""All actions in one table: name, text, shortcut, menu, picture and what they do in a sentence."""

from __future__ import annotations

from dataclasses import dataclass


def mark(text: str) -> str:
    """A text that is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Spec:
    """One action. `scope` "window": its shortcut works everywhere; else only inside the panel of that name."""

    name: str
    text: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    scope: str = "window"
    checkable: bool = False


SEPARATOR = ""
FILE = (
    Spec("new_gallery", mark("&New gallery…"), mark("Make an empty gallery in a new folder"), "Ctrl+N", "new"),
    Spec("open_gallery", mark("&Open…"), mark("Open a gallery"), "Ctrl+O", "open"),
    Spec(
        "open_pipeline",
        mark("PaddleX &configuration…"),
        mark("See what a PaddleX pipeline file would change in the settings, and take it over"),
    ),
    Spec("import_folder", mark("Folder of &people…"), mark("One folder for each person, named after them"), "Ctrl+I"),
    Spec("import_photos", mark("&Photos…"), mark("Pick photos and say who is on them")),
    Spec("import_list", mark("&List file…"), mark("A PaddleX gallery.txt or a CSV file of pictures and names")),
    Spec("import_index", mark("PaddleX &index folder…"), mark("People and features of an index, without pictures")),
    Spec("paste_picture", mark("Paste pict&ure"), mark("Enroll the picture on the clipboard"), "Ctrl+V"),
    Spec(
        "export_results",
        mark("&Export results…"),
        mark("Results as CSV, JSON or pictures with boxes"),
        "Ctrl+E",
        "export",
    ),
    Spec(
        "save_pipeline",
        mark("Save as PaddleX con&figuration…"),
        mark("The settings as a pipeline file that PaddleX reads"),
    ),
    Spec("backup", mark("&Back up now…"), mark("The whole gallery, history included, as one file")),
    Spec("restore", mark("Res&tore a backup…"), mark("Make a gallery from a backup file")),
    Spec("settings", mark("&Settings…"), mark("All settings, applied at once"), "Ctrl+,", "settings"),
    Spec("quit", mark("&Quit"), mark("Close the program"), "Ctrl+Q"),
)
EDIT = (
    Spec("undo", mark("&Undo"), mark("Take back the last change of the gallery"), "Ctrl+Z", "undo"),
    Spec("redo", mark("&Redo"), mark("Do again what was taken back"), "Ctrl+Shift+Z", "redo"),
    Spec("find", mark("&Find"), mark("Search people by name"), "Ctrl+F", "search"),
    Spec("history", mark("&History…"), mark("All changes of the gallery, newest first")),
)
GALLERY = (
    Spec("new_person", mark("New &person…"), mark("Add a person without pictures yet"), "Ctrl+Shift+N", "person_add"),
    Spec("rename", mark("&Rename…"), mark("Give the chosen person another name"), "F2", "edit", "gallery"),
    Spec("notes", mark("&Notes…"), mark("Write down something about the chosen person"), "", "", "gallery"),
    Spec("merge", mark("&Merge…"), mark("Make one person of the chosen ones"), "Ctrl+M", "merge"),
    Spec("move_faces", mark("Mo&ve faces to…"), mark("The chosen faces belong to somebody else"), "M", "move", "faces"),
    Spec("set_cover", mark("Use as &cover"), mark("Show this face beside the name"), "C", "cover", "faces"),
    Spec("remove_faces", mark("Remove &faces"), mark("The chosen faces leave the gallery"), "Del", "delete", "faces"),
    Spec("remove_person", mark("Remove per&son"), mark("The chosen people leave the gallery"), "Del", "", "gallery"),
    Spec(
        "erase_person", mark("&Erase for good…"), mark("Person, pictures and history, beyond undo"), "", "", "gallery"
    ),
    Spec("whole_photo", mark("Show whole p&hotos"), mark("Photos instead of faces"), "T", "photo", "faces", True),
    Spec("open_photo", mark("&Open photo"), mark("The photo a face comes from"), "", "", "faces"),
    Spec(
        "own_limits",
        mark("Recognition &threshold…"),
        mark("Compare the people with each other, and choose from where a face is known"),
    ),
    Spec("check_gallery", mark("Chec&k gallery"), mark("Reads everything and says what is wrong"), "F5"),
)
CAMERA = (
    Spec("camera_toggle", mark("&Start or stop"), mark("Start or stop the camera"), "Space", "play", "camera"),
    Spec("camera_mirror", mark("&Mirror"), mark("Show the picture as in a mirror"), "", "mirror", "camera", True),
    Spec("snapshot", mark("S&napshot"), mark("Save the present picture"), "Ctrl+Space", "snapshot", "camera"),
    Spec(
        "who_is_this", mark("&Who is this?"), mark("Name and enroll the chosen live face"), "E", "person_add", "camera"
    ),
    Spec("full_screen", mark("&Full screen"), mark("The camera picture alone"), "F11", "fullscreen", "window", True),
    Spec("camera_video", mark("&Video file…"), mark("Play a video file as if a camera saw it"), "", "film"),
    Spec("camera_folder", mark("Folder of &pictures…"), mark("Show the pictures of a folder one by one"), "", "photo"),
    Spec("camera_stream", mark("Stream a&ddress…"), mark("A camera of the network: rtsp, http"), "", "stream"),
    Spec(
        "play_sample",
        mark("Play the s&ample film"),
        mark("Drawn people walk past, as a camera would see them"),
        "",
        "people",
    ),
)
BATCH = (
    Spec("batch_folder", mark("&Tag a folder…"), mark("Find out who is in the photos of a folder"), "Ctrl+T", "folder"),
    Spec("batch_start", mark("&Start"), mark("Start tagging"), "", "play", "batch"),
    Spec("next_unknown", mark("Next &unknown face"), mark("The next face without a sure name"), "F3"),
)
RESULTS = (
    Spec(
        "this_is",
        mark("This &is…"),
        mark("Say who it is; the face joins the gallery"),
        "Return",
        "person_add",
        "results",
    ),
    Spec(
        "confirm",
        mark("&Yes, right"),
        mark("The proposed name is right; the face joins the gallery"),
        "Y",
        "",
        "results",
    ),
    Spec("not_this_person", mark("&Not this person"), mark("Never propose this name here again"), "N", "", "results"),
    Spec("not_a_face", mark("Not a &face"), mark("Leave this out"), "X", "", "results"),
    Spec("open_result", mark("&Open photo"), mark("The photo with its boxes"), "Ctrl+Return", "", "results"),
    Spec("all_results", mark("Show &all results"), mark("Take back search, filter and marks of the results")),
    Spec(
        "clear_results",
        mark("&Clear results"),
        mark("Empty the list; the gallery stays as it is"),
        "",
        "delete",
        "results",
    ),
)
INDEX = (
    Spec("index_build", mark("&Build…"), mark("A new index, or another shape for one"), "Ctrl+B", "index"),
    Spec("index_append", mark("&Append people…"), mark("People the index shall hold from now on")),
    Spec("index_remove", mark("&Remove people…"), mark("People the index shall not hold; they stay in the gallery")),
    Spec("index_rebuild", mark("Rebui&ld"), mark("Make the structure anew as it is described")),
    Spec("index_compact", mark("&Compact"), mark("Without the faces that are gone, and saved")),
    Spec("index_verify", mark("&Verify"), mark("Compare with the gallery; measure recall and search time")),
    Spec("index_use", mark("&Use for recognition"), mark("Camera and batch search this index")),
    Spec("index_export", mark("&Export to PaddleX…"), mark("A folder that PaddleX reads")),
    Spec("index_import", mark("&Import from PaddleX…"), mark("People of an index folder into this gallery")),
    Spec("index_delete", mark("&Delete"), mark("Remove the index; people and faces stay"), "", "delete"),
)
TOOLS = (
    Spec("models", mark("&Models…"), mark("Installed models: choose, add, measure"), "", "model"),
    Spec("try_sample", mark("&Sample gallery"), mark("Drawn people to try everything with")),
)
VIEW = (
    Spec("tab_people", mark("&People"), mark("Faces of the chosen person"), "Ctrl+1"),
    Spec("tab_camera", mark("&Camera"), mark("Live recognition"), "Ctrl+2"),
    Spec("tab_batch", mark("&Batch"), mark("Tag folders of photos"), "Ctrl+3"),
    Spec("tab_indexes", mark("&Indexes"), mark("Build and manage indexes"), "Ctrl+4"),
    Spec("reset_layout", mark("&Reset layout"), mark("All panels where they were at first")),
)
HELP = (
    Spec("guide", mark("User &guide"), mark("Opens the guide"), "F1"),
    Spec("shortcuts", mark("&Keyboard shortcuts…"), mark("See and change all shortcuts"), "Ctrl+K"),
    Spec("diagnostics", mark("&Diagnostics file…"), mark("Facts for a report, without pictures and names")),
    Spec("about", mark("&About FaceFolio"), mark("Version and licences")),
)
ALL: tuple[Spec, ...] = (*FILE, *EDIT, *GALLERY, *CAMERA, *BATCH, *RESULTS, *INDEX, *TOOLS, *VIEW, *HELP)
BY_NAME = {spec.name: spec for spec in ALL}

# The menu bar: title, then action names; "" is a line, a tuple is a menu inside.
MENUS: tuple[tuple[str, tuple[str | tuple[str, tuple[str, ...]], ...]], ...] = (
    (
        mark("&File"),
        (
            "new_gallery",
            "open_gallery",
            "open_pipeline",
            (mark("&Recent"), ("recent",)),
            SEPARATOR,
            (mark("&Import"), ("import_folder", "import_photos", "import_list", "import_index", "paste_picture")),
            "export_results",
            "save_pipeline",
            SEPARATOR,
            "backup",
            "restore",
            SEPARATOR,
            "settings",
            SEPARATOR,
            "quit",
        ),
    ),
    (mark("&Edit"), ("undo", "redo", "history", SEPARATOR, "find")),
    (
        mark("&Gallery"),
        (
            "new_person",
            "rename",
            "notes",
            "merge",
            "remove_person",
            "erase_person",
            SEPARATOR,
            "move_faces",
            "set_cover",
            "remove_faces",
            "whole_photo",
            "open_photo",
            SEPARATOR,
            "own_limits",
            "check_gallery",
        ),
    ),
    (mark("&Camera"), tuple(spec.name for spec in CAMERA)),
    (mark("&Batch"), (*(spec.name for spec in BATCH), SEPARATOR, *(spec.name for spec in RESULTS))),
    (mark("&Index"), tuple(spec.name for spec in INDEX)),
    (mark("&Tools"), tuple(spec.name for spec in TOOLS)),
    (mark("&View"), ("tab_people", "tab_camera", "tab_batch", "tab_indexes", SEPARATOR, "docks", "reset_layout")),
    (mark("&Help"), tuple(spec.name for spec in HELP)),
)
