"""Draws the contact sheet: what was kept on the left, a random pick of the same size on the right, figures below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from app.demo.lettering import Canvas, fitting, write
from app.demo.pick import Figures, Pick, Shot

COLUMNS = 5
TILE_WH = (208, 117)
CAPTION_PX, LINE_PX, LETTER_PX = 54, 16, 8.5
GAP_PX, MARGIN_PX, CENTRE_PX = 10, 28, 56
SIDE_PX = COLUMNS * TILE_WH[0] + (COLUMNS - 1) * GAP_PX
TITLE_PX, FIGURE_PX = 96, 26
BAR_PX, FIGURE_COLUMNS_PX = 220, (0, 340, 700, 1060)

PAPER, EMPTY = (26, 23, 20), (48, 44, 40)
BRIGHT, PLAIN, DIM = (245, 245, 245), (205, 205, 205), (140, 140, 140)
KEPT, RANDOM = (120, 200, 120), (200, 160, 110)

JpegOf = Callable[[Shot], bytes | None]


def contact_sheet(pick: Pick, kept_jpeg: JpegOf, random_jpeg: JpegOf) -> bytes:
    """Return the sheet as PNG; equal picks and pictures give equal bytes.

    A caption in colour names conditions that the other side has no picture of. A picture that is not to be had is a
    grey field that says so.
    """
    rows = -(-max(len(pick.kept), len(pick.random)) // COLUMNS)
    tiles_px = rows * (TILE_WH[1] + CAPTION_PX + GAP_PX)
    figures_px = (len(pick.figures) + 2) * FIGURE_PX
    height = MARGIN_PX + TITLE_PX + tiles_px + figures_px + MARGIN_PX
    page = np.full((height, 2 * (MARGIN_PX + SIDE_PX) + CENTRE_PX, 3), PAPER, np.uint8)
    left, right = MARGIN_PX, MARGIN_PX + SIDE_PX + CENTRE_PX
    shown = f", {len(pick.kept)} of them shown" if len(pick.kept) < pick.frames_kept else ""
    there = f"{pick.frames_kept:,} of {pick.frames:,} frames{shown}; in green what the random pick has nothing of"
    _title(page, left, "what was kept", there, KEPT)
    drawn = f"drawn by hash from all that was seen{shown}; in blue what the archive has nothing of"
    _title(page, right, "a random pick of the same size", drawn, RANDOM)
    for place, shot in enumerate(pick.kept):
        _tile(page, left, place, shot, kept_jpeg(shot), KEPT if _is_alone(shot, pick.random) else PLAIN)
    for place, shot in enumerate(pick.random):
        _tile(page, right, place, shot, random_jpeg(shot), RANDOM if _is_alone(shot, pick.kept) else PLAIN)
    _figures(page, MARGIN_PX + TITLE_PX + tiles_px + FIGURE_PX, pick.figures)
    written, png = cv2.imencode(".png", page, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not written:
        raise ValueError("OpenCV wrote no PNG")
    return png.tobytes()


def _is_alone(shot: Shot, others: Sequence[Shot]) -> bool:
    return shot.conditions not in {other.conditions for other in others}


def _title(page: Canvas, left: int, title: str, remark: str, colour: tuple[int, int, int]) -> None:
    write(page, title, left, MARGIN_PX + 26, 21, colour, bold=1.3)
    write(page, remark, left, MARGIN_PX + 60, 12, DIM)


def _tile(page: Canvas, left: int, place: int, shot: Shot, jpeg: bytes | None, colour: tuple[int, int, int]) -> None:
    width, height = TILE_WH
    x = left + place % COLUMNS * (width + GAP_PX)
    y = MARGIN_PX + TITLE_PX + place // COLUMNS * (height + CAPTION_PX + GAP_PX)
    page[y : y + height, x : x + width] = EMPTY
    picture = None if not jpeg else cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        write(page, "not readable any more", x + 20, y + height // 2, LETTER_PX, DIM)
    else:
        ratio = min(width / picture.shape[1], height / picture.shape[0])
        size = max(1, round(picture.shape[1] * ratio)), max(1, round(picture.shape[0] * ratio))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        top, start = y + (height - size[1]) // 2, x + (width - size[0]) // 2
        page[top : top + size[1], start : start + size[0]] = small
    where = f"{shot.facts.clip_name.rsplit('.', 1)[0]}, {shot.clip_at_s:.1f} s"
    things = ", ".join(sorted({one.label for one in shot.decision.frame.objects})) or "no objects"
    for line, (text, tone) in enumerate(((shot.conditions, colour), (things, PLAIN), (where, DIM)), start=1):
        write(page, fitting(text, width, LETTER_PX), x, y + height + line * LINE_PX, LETTER_PX, tone)


def _figures(page: Canvas, top: int, figures: Sequence[Figures]) -> None:
    columns = [MARGIN_PX + column for column in FIGURE_COLUMNS_PX]
    heads = (("kept", KEPT), ("this random pick", RANDOM), ("random picks in the mean", DIM))
    for column, (head, colour) in zip(columns[1:], heads, strict=True):
        write(page, head, column, top, 11, colour)
    for row, one in enumerate(figures, start=1):
        y = top + row * FIGURE_PX
        write(page, one.name, columns[0], y, 11, PLAIN)
        sides = ((one.kept, KEPT), (one.random, RANDOM), (one.random_mean, DIM))
        for column, (value, colour) in zip(columns[1:], sides, strict=True):
            filled = round(BAR_PX * value / one.of) if one.of else 0
            page[y - 11 : y, column : column + BAR_PX] = EMPTY
            page[y - 11 : y, column : column + filled] = colour
            write(page, _amount(value, one.of), column + BAR_PX + 12, y, 11, BRIGHT)


def _amount(value: float, most: float) -> str:
    if most == 1.0:
        return f"{value:.2f}"
    return f"{value:.0f} of {most:.0f}" if value == int(value) else f"{value:.1f} of {most:.0f}"
