"""What does the server of the process `mcp` start?"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
django.setup()

from selfimprove.mcp.serving import over_http  # noqa: E402  # the models are there only now

application = over_http()
