"""Runs Python text in processes of its own, as other workers on the machine."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

ROOT = Path(__file__).parents[3]


async def started(text: str, *arguments: object) -> Process:
    """Start a process that runs the text from the repository's root."""
    return await asyncio.create_subprocess_exec(sys.executable, "-c", text, *map(str, arguments), cwd=ROOT, stdout=PIPE)


async def ended(processes: list[Process]) -> list[int]:
    """Wait for processes and return their exit codes."""
    async with asyncio.timeout(60):
        await asyncio.gather(*(process.communicate() for process in processes))
    return [process.returncode for process in processes]
