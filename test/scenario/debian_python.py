"""Modules that Debian packages for its own Python, which need not be the one that a test is started with."""
import importlib
import os
import sys

DEBIAN_PYTHON = "/usr/bin/python3"


def modules(*names):
    """Imports them. Where one is missing, Debian's Python starts the script anew; raises ImportError when that is it."""
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError:
        if os.path.realpath(sys.executable) == os.path.realpath(DEBIAN_PYTHON):
            raise
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
