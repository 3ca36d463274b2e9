import pytest
from audio_omni.core.recipe import resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="session")
def host():
    """All built-in plugins; whatever else is installed beside them stays out."""
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture
def micro(host):
    """A function that returns the micro recipe with overrides, without MLflow (tested apart)."""
    from audio_omni.core.recipe import find_recipe

    values = find_recipe("micro", host.recipes)

    def resolve(*overrides):
        return resolve_recipe(values, ["tracking.observers=[jsonl]", *overrides])

    return resolve
