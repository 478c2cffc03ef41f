"""The keyed job on other engines, each as its manual shows it, in environments of their own (../environments.py)."""
