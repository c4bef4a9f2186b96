"""Options of the suite, and which cases of long tests are run."""

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-goldens", action="store_true", help="write tests/golden anew instead of comparing")
    parser.addoption("--all", action="store_true", help="every case of the tests of which one in so many is run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test marked `sampled(n)` every n-th case among the others is run, unless `--all` is said."""
    if config.getoption("--all"):
        return
    seen: Counter[str] = Counter()
    left_out = set()
    for item in items:
        marked = item.get_closest_marker("sampled")
        if marked is not None and item.get_closest_marker("others") is not None:
            test = item.nodeid.partition("[")[0]
            if seen[test] % marked.args[0]:
                left_out.add(item.nodeid)
            seen[test] += 1
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left_out])
    items[:] = [item for item in items if item.nodeid not in left_out]
