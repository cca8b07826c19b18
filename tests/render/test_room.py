"""Tests of bot/render/room.py."""

from __future__ import annotations

from bot.render.room import Room, utf8


def test_a_block_that_has_no_room_is_left_out_whole() -> None:
    """Half a block is a fold or a fence that never ends."""
    room = Room(20)
    assert room.fitting(["twelve chars", "too long for what is left", "four"]) == ["twelve chars", "four"]
    assert room.left == 0


def test_room_is_measured_as_told() -> None:
    """A summary of umlauts and signs would be longer in bytes than GitHub takes."""
    assert Room(6, utf8).fits("→") is True
    assert Room(4, utf8).fits("→") is False
    assert Room(4).fits("→") is True


def test_a_line_that_is_kept_gives_back_what_was_put_aside_for_it() -> None:
    """Rows would be left out for the sake of names that they have already."""
    room = Room(20)
    assert room.fitting_lines(["head"], ["row 1", "row 2", "row 3"], 0, refunds=[5, 5]) == ["row 1", "row 2", "row 3"]
    assert room.left == 20 - 6 - 1 - 1 - 6


def test_lines_stop_before_the_reserve() -> None:
    """A long table would push out every detail."""
    room = Room(40)
    assert room.fitting_lines(["head", "rule"], ["row 1", "row 2", "row 3", "row 4"], reserve=15) == ["row 1", "row 2"]
    assert room.left == 17


def test_no_lines_without_room_for_their_header() -> None:
    """Rows without a header are no table."""
    assert Room(5).fitting_lines(["a header"], ["row"], reserve=0) == []
