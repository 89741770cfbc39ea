"""Is a file known by the name that others import it by, and is what imports it found?"""

import pytest

from validation.trying.modules import Module, Reach, imported, module_of, modules, roots

PACKAGE = ("shop/__init__.py", "shop/cart.py", "shop/api/__init__.py", "shop/api/views.py")


@pytest.mark.parametrize(
    ("path", "others", "name", "root", "beside"),
    [
        ("shop/__init__.py", PACKAGE, "shop", "", ""),
        ("shop/api/__init__.py", PACKAGE, "shop.api", "", ""),
        ("shop/api/views.py", PACKAGE, "shop.api.views", "", ""),
        ("src/shop/cart.py", ("src/shop/__init__.py",), "shop.cart", "src", ""),
        ("src/cart.py", (), "cart", "src", ""),
        ("libs/a/shop/cart.py", ("libs/a/shop/__init__.py",), "shop.cart", "libs/a", ""),
        ("cart.py", (), "cart", "", ""),
        ("ops/reload.py", (), "ops.reload", "", "ops"),
        ("my-tool/run.py", (), "run", "my-tool", ""),
        ("shop/__main__.py", PACKAGE, "shop.__main__", "", ""),
    ],
)
def test_a_file_is_the_module_that_its_users_import(
    path: str, others: tuple[str, ...], name: str, root: str, beside: str
) -> None:
    assert module_of(path, {path, *others}) == Module(name, path, root, beside)


@pytest.mark.parametrize("path", ["2024.py", "class.py", "my-tool/run-it.py", "__init__.py"])
def test_a_file_that_nobody_can_import_is_no_module(path: str) -> None:
    assert module_of(path, {path}) is None


def test_tests_and_what_sets_a_target_up_are_no_modules_of_it() -> None:
    paths = [*PACKAGE, "setup.py", "tests/test_cart.py", "conftest.py", "shop/cart.txt"]
    assert sorted(modules(paths)) == ["shop", "shop.api", "shop.api.views", "shop.cart"]


def test_modules_are_looked_for_wherever_a_package_begins() -> None:
    found = modules(["libs/a/one/__init__.py", "libs/b/two/__init__.py", "three.py"])
    assert roots(found.values()) == ["", "libs/a", "libs/b"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"import shop.api.views", {"shop", "shop.api", "shop.api.views"}),
        (b"from shop.api import views as v", {"shop", "shop.api", "shop.api.views"}),
        (b"from . import sibling", {"shop", "shop.api", "shop.api.sibling"}),
        (b"from .. import cart", {"shop", "shop.cart"}),
        (b"from ..cart import total", {"shop", "shop.cart", "shop.cart.total"}),
        (b"try:\n    import fast\nexcept ImportError:\n    import slow", {"fast", "slow"}),
        (b"class A:\n    import inside", {"inside"}),
        (b"def later():\n    import later_on", set()),
        (b"this is no python (", set()),
        (b"import \xff", set()),
    ],
)
def test_what_a_module_imports_when_it_is_imported(text: bytes, names: set[str]) -> None:
    assert set(imported(text, Module("shop.api.views", "shop/api/views.py"))) == names


def test_a_package_resolves_its_own_dots_from_itself() -> None:
    package = Module("shop.api", "shop/api/__init__.py")
    assert set(imported(b"from .views import list", package)) == {
        *("shop", "shop.api", "shop.api.views", "shop.api.views.list"),
    }


TEXTS = {
    "base.py": b"",
    "middle.py": b"import base\n",
    "top.py": b"from middle import thing\n",
    "aside.py": b"WORD = 'base'\n",
    "pack/__init__.py": b"",
    "pack/inner.py": b"NAME = 'settings.yaml'\n",
    "reader.py": b"from pack.inner import NAME\n",
}


def reached(*changed: str, gone: tuple[str, ...] = ()) -> list[str]:
    """Name what a change of these files reaches."""
    return [one.name for one in Reach(modules(TEXTS), TEXTS).of(changed, gone)]


def test_what_imports_the_changed_comes_after_it_the_nearest_first() -> None:
    assert reached("base.py") == ["base", "middle", "top"]


def test_a_word_that_only_looks_like_an_import_reaches_nobody() -> None:
    assert "aside" not in reached("base.py")


def test_a_package_reaches_everything_below_it() -> None:
    assert sorted(reached("pack/__init__.py")) == ["pack", "pack.inner", "reader"]


def test_who_names_a_changed_file_of_data_reads_it() -> None:
    assert reached("config/settings.yaml") == ["pack.inner", "reader"]


def test_who_imported_a_file_that_is_gone_is_reached() -> None:
    texts = {path: text for path, text in TEXTS.items() if path != "base.py"}
    found = Reach(modules(texts), texts).of([], ["base.py"])
    assert [one.name for one in found] == ["middle", "top"]


def test_a_file_that_no_module_knows_reaches_nothing() -> None:
    assert reached("README.md") == []


def test_modules_that_import_each_other_are_followed_to_an_end() -> None:
    texts = {"one.py": b"import two\n", "two.py": b"import one\n"}
    assert [m.name for m in Reach(modules(texts), texts).of(["one.py"], [])] == ["one", "two"]
