"""How fast, against what could be: every figure is a ratio within one run, and each table says what limits it."""

import app  # noqa: F401 - before numpy: it says with how many threads small matrices are multiplied
