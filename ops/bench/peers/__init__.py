"""The keyed job on other engines, each as its manual shows it; run in environments of their own (../environments.py)."""
