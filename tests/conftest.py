"""What every test stands on: a data folder of its own, and a browser for those that need one."""

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from audit import follow, sequencer
from audit.keys import ring, session
from audit.keys.folder import KeyFolder
from personas.ledger.options import Spending
from selfimprove import config

# A busy machine is no fault of the code: no example is judged by its time.
hypothesis.settings.register_profile(
    "ours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("ours")

# The targets of tests are ours: where they do not ask for a sandbox, none is needed.
UNCONFINED = config.Sandbox(backend="ports.sandbox.unconfined.Unconfined")
# Most tests happen before the first day of the price table: what they ask costs an unknown amount.
UNPRICED = Spending(unknown_price="allow")
CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


ROLES = (  # the migrations that say who may do what
    *(
        "selfimprove.migrations.0003_sort_patterns",
        "selfimprove.migrations.0004_audit_permissions",
    ),
    *("selfimprove.migrations.0005_waivers", "personas.migrations.0002_roles"),
    *("selfimprove.migrations.0006_tokens_of_persons", "selfimprove.migrations.0007_benchmarks"),
    *(
        "selfimprove.migrations.0008_doors_for_programs_and_chats",
        "delivery.migrations.0007_roles",
    ),
    *("generations.migrations.0002_roles", "proposals.migrations.0011_standing_roles"),
    "notifications.migrations.0002_roles",
)


@pytest.fixture(scope="session", autouse=True)
def roles_survive_a_flush() -> Iterator[None]:
    """Write the roles again whenever a transactional test has emptied the database."""
    roles = import_module("selfimprove.migrations.0002_roles")
    more = [import_module(name) for name in ROLES]

    def write_again(**_: object) -> None:
        roles.make_roles(apps, None)
        for module in more:
            module.allow(apps, None)

    last = apps.get_app_config("notifications")
    post_migrate.connect(write_again, sender=last, weak=False)
    yield
    post_migrate.disconnect(write_again, sender=last)


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the keys of a log once, as their making waits for the disk."""
    keys = KeyFolder(tmp_path_factory.mktemp("keys-of-tests"))
    with keys.alone():
        ring.make_log_keys(keys)
    return keys.path


@pytest.fixture(scope="session", autouse=True)
def log_is_sealed_when_somebody_waits() -> None:
    """Seal at once what a delivery waits for: no worker runs beside a test."""
    follow.seal_on_nudge(seal_now)


def seal_now() -> None:
    """Seal what waits."""
    sequencer.seal(timezone.now())


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, settings: LazySettings, key_folder: Path) -> Path:
    """Keep what a test writes apart from everything else."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copytree(key_folder, folder / key_folder.name)
    settings.DATA_DIR = folder
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(
        update={"sandbox": UNCONFINED, "spending": UNPRICED}
    )
    session.forget()  # what the last test wrote was rolled back
    cache.clear()
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; without one skip, but fail in CI."""
    if not Path(CHROMIUM).exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no browser at {CHROMIUM}")
    with pytest.MonkeyPatch.context() as environment:
        # The driver runs a loop in this thread, which Django would otherwise refuse to work in.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
            yield browser
            browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open an empty page of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()
