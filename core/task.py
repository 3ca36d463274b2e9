"""The contract of a task: one method for training rows and for users' requests."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, Field

from .catalog import Catalog
from .config import Config, parse_config
from .errors import DataError, RequestError
from .payloads import Example
from .source import Row
from .wording import TaskWording

AudioInput = Annotated[
    Any,
    Field(json_schema_extra={"type": "string", "format": "path", "media": "audio"}),
]
"""A request field that takes a path or, in Python, a `Waveform`."""

VideoInput = Annotated[
    Any,
    Field(json_schema_extra={"type": "string", "format": "path", "media": "video"}),
]
"""A request field that takes a path or, in Python, a `VideoClip`; a row's is in `Row.media`."""


class Request(Config):
    """The base of request models; every field needs a description, which becomes its help."""

    seconds: float | None = Field(
        default=None,
        gt=0,
        description="Length of the result in seconds; left out: what the model was trained on.",
    )


RequestT = TypeVar("RequestT", bound=BaseModel)


class Task(abc.ABC, Generic[RequestT]):
    """Turns requests and training rows into the same examples, so that they cannot drift apart.

    A subclass names its request model and implements `build_example`; a task whose rows need
    more than copying fields of the same name overrides `request_from_row`.

    Class attributes:
        name: as in its spec.
        request_model: as in its spec.
        default_wording: the sentences around a request, for models that bring none of their own.
    """

    name: ClassVar[str]
    request_model: ClassVar[type[BaseModel]]
    default_wording: ClassVar[TaskWording] = TaskWording()

    def __init__(self, wording: TaskWording | None = None) -> None:
        """Take the sentences that a model was trained on; left out: the task's own."""
        self.wording = wording or self.default_wording

    @abc.abstractmethod
    def build_example(self, request: RequestT) -> Example:
        """Return the example of a valid request; decodes audio that the request names.

        Raises:
            RequestError, MediaError: if the inputs cannot be used; says what was expected.
        """

    @abc.abstractmethod
    def demo_request(self) -> RequestT:
        """Return a small valid request that needs no files."""

    def request_from_row(self, row: Row) -> RequestT:
        """Return the request that a user would have made to get the row's target.

        Raises:
            DataError: if the row lacks a field; names the row, the field and the task.
        """
        fields = self.request_model.model_fields
        values: dict[str, Any] = {
            name: value
            for name, value in row.fields.items()
            if name in fields and value is not None and name != "seconds"
        }
        for name in fields:
            if name in row.media:
                values[name] = row.media[name]()
        where = f"Row '{row.id}' does not fit task '{self.name}'"
        return parse_config(self.request_model, values, where=where, error=DataError)  # type: ignore[return-value]

    def to_example(self, item: RequestT | Row) -> Example:
        """Return the example of a user's request or of a training row.

        A row becomes the request that would have asked for its target, and takes the same path;
        then its target, id and conversions are attached.

        Raises:
            RequestError, MediaError: for a request that cannot be served.
            DataError: for a row that lacks a field.
        """
        if not isinstance(item, Row):
            return replace(self.build_example(item), task=self.name, request=item)
        request = self.request_from_row(item)
        target = item.audio() if item.audio is not None else None
        return replace(
            self.build_example(request), task=self.name, request=request, target=target, id=item.id
        )

    def parse_request(self, values: Mapping[str, Any]) -> RequestT:
        """Validate plain values as a request of this task.

        Raises:
            RequestError: lists every field that does not fit.
        """
        where = f"Request for '{self.name}'"
        return parse_config(self.request_model, values, where=where, error=RequestError)  # type: ignore[return-value]


def build_task(catalog: Catalog, name: str, wording: Mapping[str, TaskWording]) -> Task[Any]:
    """Return a task by name or alias, with the sentences that a model was trained on, if any.

    Raises:
        UnknownNameError: if no plugin registered it; with close matches.
    """
    spec = catalog.tasks.get(name)
    own = wording.get(spec.worded_as or spec.name)
    factory = catalog.tasks.load(name)
    task: Task[Any] = factory() if own is None else factory(own)
    return task


def media_fields(model: type[BaseModel], kind: str | None = None) -> tuple[str, ...]:
    """Return the names of a request model's fields that take a file.

    Args:
        model: the request model.
        kind: ``"audio"`` or ``"video"``; left out: either.
    """
    found = {
        name: info.json_schema_extra.get("media")
        for name, info in model.model_fields.items()
        if isinstance(info.json_schema_extra, dict)
    }
    return tuple(name for name, media in found.items() if media and kind in {media, None})
