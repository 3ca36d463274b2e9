import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="session")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="session")
def resolve(host):
    def resolve(name="micro", *overrides):
        return resolve_recipe(find_recipe(name, host.recipes), overrides)

    return resolve
