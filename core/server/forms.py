"""What requests hold and what answers hold, with examples for the description of the service."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_LABEL = 200
_PICTURE = "Base64 of a picture file, or (where the service allows it) an http(s) address."
_EXAMPLE = "/9j/4AAQSkZJRgABAQ..."
_KEY = "1f5a2a43-3b6c-4f0e-9c0b-2f4d8a0f7e11"


def _label(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_LABEL:
        raise ValueError(f"a label has 1 to {LONGEST_LABEL} characters")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a label must not hold control characters or half characters")
    return text


Picture = Annotated[str, Field(description=_PICTURE, examples=[_EXAMPLE])]
Label = Annotated[str, AfterValidator(_label), Field(description="Whose face it is.", examples=["Anna"])]
Key = Annotated[str, Field(alias="indexKey", max_length=300, examples=[_KEY])]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Form(BaseModel):
    """Fields that are not known are passed over, as in PaddleX."""

    model_config = ConfigDict(extra="ignore")


class ImageLabelPair(Form):
    """A picture and whose face it shows."""

    image: Picture
    label: Label


Pairs = Annotated[
    list[ImageLabelPair],
    Field(alias="imageLabelPairs", min_length=1, examples=[[{"image": _EXAMPLE, "label": "Anna"}]]),
]


class BuildIndexRequest(Form):
    pairs: Pairs


class AddImagesToIndexRequest(Form):
    pairs: Pairs
    key: Key


class RemoveImagesFromIndexRequest(Form):
    ids: Annotated[list[int], Field(max_length=100_000, examples=[[0, 2]])]
    key: Key


class DeleteIndexRequest(Form):
    key: Key


class InferRequest(Form):
    image: Picture
    key: Annotated[
        str | None,
        Field(
            alias="indexKey",
            max_length=300,
            description="A key that index-build gave, or the name of a served gallery.",
            examples=[_KEY],
        ),
    ] = None
    index_name: Annotated[
        str | None,
        Field(
            alias="indexName",
            max_length=300,
            description="Which index of the gallery, by its name; without it the one the service was started with.",
        ),
    ] = None
    det_threshold: Annotated[Number | None, Field(alias="detThreshold", examples=[0.6])] = None
    rec_threshold: Annotated[Number | None, Field(alias="recThreshold", examples=[0.4])] = None
    hamming_radius: Annotated[Number | None, Field(alias="hammingRadius", description="Without effect.")] = None
    topk: Annotated[int | None, Field(ge=1, examples=[5])] = None
    visualize: bool | None = None


class BuildIndexResult(BaseModel):
    key: Annotated[str, Field(alias="indexKey")]
    count: Annotated[int, Field(alias="imageCount")]


class AddImagesToIndexResult(BaseModel):
    count: Annotated[int, Field(alias="imageCount", description="Pictures in the index now.")]
    ids: Annotated[list[int] | None, Field(description="Of the faces added; only for a gallery.")] = None


class RemoveImagesFromIndexResult(BaseModel):
    count: Annotated[int, Field(alias="imageCount", description="Pictures in the index now.")]


class DeleteIndexResult(BaseModel):
    key: Annotated[str, Field(alias="indexKey")]


class RecResult(BaseModel):
    label: str
    score: float


class Face(BaseModel):
    bbox: tuple[float, float, float, float]
    results: Annotated[list[RecResult], Field(alias="recResults", description="Nearest first; empty when unknown.")]
    score: float


class InferResult(BaseModel):
    faces: list[Face]
    image: Annotated[str | None, Field(description="Base64 of a JPEG with boxes and names.")] = None


class ServedGallery(BaseModel):
    name: str
    people: int
    faces: int
    indexes: list[str]
    writable: bool


class GalleriesResult(BaseModel):
    galleries: list[ServedGallery]


class NoResultResponse(BaseModel):
    """An answer without a result: health, and every error."""

    log_id: Annotated[str, Field(alias="logId")]
    code: Annotated[int, Field(alias="errorCode", description="0, or the status of HTTP.")]
    message: Annotated[str, Field(alias="errorMsg")]


REQUESTS: tuple[type[BaseModel], ...] = (
    BuildIndexRequest,
    AddImagesToIndexRequest,
    RemoveImagesFromIndexRequest,
    DeleteIndexRequest,
    InferRequest,
)


def schema_extra(form: type[BaseModel]) -> dict[str, Any]:
    """Where a description refers to the schema of `form`."""
    return {"$ref": f"#/components/schemas/{form.__name__}"}
