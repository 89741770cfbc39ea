"""What the tests of ports share: the places outside that a notifier tells."""

from tests.notifications.listening import hook, post, slack

__all__ = ["hook", "post", "slack"]
