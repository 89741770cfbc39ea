"""A small project with the planted faults: no type hints, no docstring, no package, a red test."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

PRICING = '''\
"""What does an order cost?"""

import hashlib
import os
import yaml
import requests


def total(items, discount=0):
    amount = 0
    for item in items:
        amount += item["price"] * item["count"]
    return amount - discount


def free_shipping(amount):
    return amount > 50


def load_prices(path):
    """Read the prices."""
    unused = 1
    with open(path) as stream:
        return yaml.load(stream, Loader=yaml.FullLoader)


def fetch(url):
    """Fetch the prices."""
    return requests.get(url)


def mark(text):
    """Name a text by its digest."""
    return hashlib.md5(text.encode()).hexdigest()
'''
FILES: Mapping[str, str] = {
    "shop/__init__.py": '"""A shop."""\n',
    "shop/pricing.py": PRICING,
    "shop/reports/monthly.py": '"""Reports."""\n\nfrom shop.pricing import total\n\n\n'
    "def turnover(orders):\n    return sum(total(order) for order in orders)\n",
    "tests/test_pricing.py": """\
from shop.pricing import free_shipping, total
from shop.reports.monthly import turnover

ITEMS = [{"price": 10, "count": 2}, {"price": 5, "count": 6}]


def test_total():
    assert total(ITEMS) == 50


def test_discount():
    assert total(ITEMS, 5) == 45


def test_shipping_is_free_from_fifty_on():
    assert free_shipping(50)


def test_shipping_costs_below():
    assert not free_shipping(49)


def test_shipping_is_free_above():
    assert free_shipping(51)


def test_turnover():
    assert turnover([ITEMS, ITEMS]) == 100
""",
    "tools/backup.sh": "#!/bin/sh\ncp $1 $2\necho done\n",
    "README.md": "# Shop\n",
}


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as nobody in particular."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@localhost"]
    ran = subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return ran.stdout


def repository(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """Commit the files to a new repository."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Begin")
    return folder
