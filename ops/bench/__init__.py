"""How fast, against what could be: every figure is a ratio within one run, and each table says what limits it."""
