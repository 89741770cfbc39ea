"""Can everything that the page does be done from a shell, and does nothing secret show there?"""

import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from audit.events import Event
from audit.models import Entry
from notifications.keeping.sealing import opened
from notifications.models import Channel
from tests.factories import make_user
from tests.notifications.scene import channel, happen, operator
from tests.notifications.servers import Hook

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str, given: str = "", errors: io.StringIO | None = None) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(given))
        call_command(*words, stdout=out, stderr=errors or io.StringIO())
    return out.getvalue()


@pytest.fixture
def olga() -> User:
    return operator()


def added(olga: User, hook: Hook) -> str:
    """Add a webhook, give its secret to the receiver, and return what was said beside it."""
    errors = io.StringIO()
    hook.secret = run(
        *("channel", "add", "--name", "ops", "--place", "webhook"),
        *("--by", olga.get_username()),
        given=f"{hook.address}\n",
        errors=errors,
    ).strip()
    return errors.getvalue()


def test_a_channel_is_added_listed_tried_and_removed(olga: User, hook: Hook) -> None:
    said = added(olga, hook)
    assert "ops hears of what happens" in said
    assert "verysecrettoken" not in said
    assert opened(Channel.objects.get().sealed) == hook.address
    by = ("ops", "--by", olga.get_username())
    assert "took the test" in run("channel", "test", *by)
    assert "ops is off" in run("channel", "off", *by)
    assert "ops is on" in run("channel", "on", *by)
    [row] = json.loads(run("channel", "list", "--json"))
    assert row["state"] == "Works"
    assert "verysecrettoken" not in json.dumps(row)
    assert "hears everything from low on" in run("channel", "list")
    assert "was removed" in run("channel", "remove", *by)
    assert "Nobody outside is told" in run("channel", "list")
    entry = Entry.objects.get(event=Event.CHANNEL_ADDED)
    assert entry.facts["door"] == "terminal"


def test_it_may_stand_in_the_environment_and_be_quiet(
    olga: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_DESK", hook.address)
    run(
        *("channel", "add", "--name", "desk", "--place", "slack", "--kind", "loop_paused"),
        *("--address-from", "NOTIFY_DESK", "--quiet", "22:00-07:00", "--least", "high"),
        *("--by", olga.get_username()),
    )
    made = Channel.objects.get()
    assert (made.kinds, made.least) == (["loop_paused"], "high")
    assert (str(made.quiet_from), str(made.quiet_to)) == ("22:00:00", "07:00:00")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("test", "nowhere", "--by", "olga"), "no channel 'nowhere'"),
        (("test", "ops", "--by", "nobody"), "Nobody here is called"),
        (("on", "ops", "--by", "olga"), "on already"),
        (("add", "--name", "x", "--place", "webhook", "--by", "olga"), "Address"),
        (
            ("add", "--name", "x", "--place", "webhook", "--quiet", "late", "--by", "olga"),
            "22:00-07:00",
        ),
        (("remove", "ops", "--by", "vic"), "may not set channels"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    words: tuple[str, ...], told: str, hook: Hook
) -> None:
    User.objects.create_user("olga", is_superuser=True)
    make_user("viewer", name="vic")
    channel(hook)
    count = Entry.objects.count()
    with pytest.raises(CommandError, match=told):
        run("channel", *words)
    assert Channel.objects.get().enabled
    assert Entry.objects.count() == count


def test_a_test_that_fails_is_an_error(olga: User, hook: Hook) -> None:
    added(olga, hook)
    hook.mood = "broken"
    with pytest.raises(CommandError, match="did not reach ops: it answered 500"):
        run("channel", "test", "ops", "--by", olga.get_username())


def test_notify_sends_what_is_due(hook: Hook) -> None:
    channel(hook)
    assert run("notify") == "nothing to tell\n"
    happen(Event.LOOP_PAUSED)
    assert json.loads(run("notify", "--json")) == {"sent": 1, "failed": 0, "given_up": 0}
    happen(Event.LOOP_PAUSED)
    hook.mood = "broken"
    with pytest.raises(SystemExit) as ended:
        run("notify")
    assert ended.value.code == 1
