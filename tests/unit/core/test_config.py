import pytest
from audio_omni.core.config import Config, parse_config
from audio_omni.core.errors import ConfigError, RequestError, suggestion
from pydantic import Field, model_validator


class Inner(Config):
    width: int


class Outer(Config):
    inner: Inner
    items: list[Inner] = Field(default_factory=list)


def test_valid_values_become_a_frozen_record():
    config = parse_config(Outer, {"inner": {"width": 3}}, where="Here")
    assert config.inner.width == 3
    with pytest.raises(ValueError, match="frozen"):
        config.inner = Inner(width=4)


def test_an_unknown_field_names_its_path_and_suggests():
    with pytest.raises(
        ConfigError, match=r"Here: unknown field 'inner\.widhth'\. Did you mean 'width'"
    ):
        parse_config(Outer, {"inner": {"width": 1, "widhth": 2}}, where="Here")


def test_an_unknown_field_in_a_list_is_found():
    values = {"inner": {"width": 1}, "items": [{"width": 1}, {"width": 1, "wdth": 0}]}
    with pytest.raises(ConfigError, match=r"'items\.1\.wdth'\. Did you mean 'width'"):
        parse_config(Outer, values, where="Here")


def test_an_unknown_field_unlike_any_lists_what_is_known():
    with pytest.raises(ConfigError, match=r"Known fields: inner, items"):
        parse_config(Outer, {"inner": {"width": 1}, "zzz": 2}, where="Here")


def test_all_problems_are_reported_at_once_with_what_was_got():
    with pytest.raises(
        RequestError, match=r"'inner\.width'.*got 'x'.*unknown field 'other'"
    ) as caught:
        parse_config(
            Outer, {"inner": {"width": "x"}, "other": 1}, where="Request", error=RequestError
        )
    assert str(caught.value).startswith("Request: ")


def test_a_missing_field_is_named():
    with pytest.raises(ConfigError, match=r"field 'inner' is required"):
        parse_config(Outer, {}, where="Here")


def test_settings_are_finite_and_rules_between_fields_read_well():
    class Sizes(Config):
        width: float
        heads: int = 2

        @model_validator(mode="after")
        def _heads_divide_width(self):
            if self.width % self.heads:
                raise ValueError("heads do not divide the width")
            return self

    with pytest.raises(ConfigError, match=r"'width': Input should be a finite number \(got inf\)"):
        parse_config(Sizes, {"width": float("inf")}, where="Here")
    with pytest.raises(ConfigError, match=r"^Here: heads do not divide the width \(got \{"):
        parse_config(Sizes, {"width": 3}, where="Here")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("removve", " Did you mean 'remove'?"),
        ("REMOVE", " Did you mean 'remove'?"),
        ("xyz", ""),
        (None, ""),
    ],
)
def test_suggestion(name, hint):
    assert suggestion(name, ["remove", "add"]) == hint
