"""Importing one class of ccxt instead of all: 45 MB and 0.3 s in each worker instead of 94 MB and 0.5 s.

`import ccxt` loads a hundred exchanges, because its packages' `__init__` do. While our class is imported, bare packages stand
in for the two; afterwards they are taken away, so that anyone else's `import ccxt` still brings the real thing. Should a new
version of ccxt not load this way, it is imported as usual.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for import-linter: whoever reaches this module reaches ccxt
    import ccxt  # noqa: F401

_PACKAGE, _ASYNC = "ccxt", "ccxt.async_support"


# Exchanges whose API ccxt's class does not speak, spoken to by a class of our own.
_OURS = {"batuta:mercado": ("exchanges.mercado_v4", "MercadoV4")}


def load_class(ccxt_id: str) -> type[Any]:
    """ccxt's asynchronous class of that id, or a class of our own that stands in for it."""
    if ccxt_id in _OURS:
        module_name, class_name = _OURS[ccxt_id]
        ours: type[Any] = getattr(importlib.import_module(module_name), class_name)
        return ours
    name = f"{_ASYNC}.{ccxt_id}"
    try:
        with _bare_packages():
            module = importlib.import_module(name)
    except ImportError:
        module = importlib.import_module(name)
    found = getattr(module, ccxt_id)
    return found if isinstance(found, type) else getattr(found, ccxt_id)


def load_errors() -> Any:
    """The module of ccxt's exception classes."""
    with _bare_packages():
        return importlib.import_module("ccxt.base.errors")


def load_entry_class() -> type[Any]:
    """The descriptor class by which ccxt declares its implicit methods."""
    with _bare_packages():
        return importlib.import_module("ccxt.base.types").Entry


@contextmanager
def _bare_packages() -> Iterator[None]:
    spec = find_spec(_PACKAGE) if _PACKAGE not in sys.modules else None
    if (
        spec is None or not spec.submodule_search_locations
    ):  # the real one is there already, or nobody can tell where it lies
        yield
        return
    root = Path(spec.submodule_search_locations[0])
    bare = {_PACKAGE: ModuleType(_PACKAGE), _ASYNC: ModuleType(_ASYNC)}
    bare[_PACKAGE].__path__, bare[_ASYNC].__path__ = [str(root)], [str(root / "async_support")]
    sys.modules.update(bare)
    try:
        # ccxt's own modules take these from the package
        errors = vars(importlib.import_module("ccxt.base.errors"))
        vars(bare[_PACKAGE]).update({name: error for name, error in errors.items() if not name.startswith("_")})
        bare[_PACKAGE].Exchange = importlib.import_module("ccxt.base.exchange").Exchange  # type: ignore[attr-defined]
        yield
    finally:
        for name, module in bare.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
