import time
from pathlib import Path

import pytest

from watchword.testing import FileClock, ManualClock


def test_a_manual_clock_stands_still() -> None:
    clock = ManualClock(100.0)
    assert [clock.now(), clock.now()] == [100.0, 100.0]


def test_a_manual_clock_moves_when_told() -> None:
    clock = ManualClock(start=100.0)
    clock.advance(2.5)
    assert clock.now() == 102.5
    clock.advance(-10)
    assert clock.now() == 92.5
    clock.set(7.0)
    assert clock.now() == 7.0


@pytest.mark.parametrize("text", [None, "", "\n", "0"])
def test_a_file_clock_without_offset_is_the_systems(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "offset"
    if text is not None:
        path.write_text(text)
    assert abs(FileClock(path).now() - time.time()) < 5


def test_a_file_clock_reads_its_file_each_time(tmp_path: Path) -> None:
    path = tmp_path / "offset"
    clock = FileClock(str(path))
    path.write_text("3600\n")
    assert abs(clock.now() - time.time() - 3600) < 5
    path.write_text("-1e3")
    assert abs(clock.now() - time.time() + 1000) < 5


def test_advancing_one_file_clock_moves_the_others(tmp_path: Path) -> None:
    one, other = FileClock(tmp_path / "offset"), FileClock(tmp_path / "offset")
    one.advance(0.1)
    other.advance(86400)
    assert one.offset == other.offset == 86400.1
    assert [file.name for file in tmp_path.iterdir()] == ["offset"]


def test_what_is_no_number_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "offset"
    path.write_text("tomorrow")
    with pytest.raises(ValueError, match="tomorrow"):
        FileClock(path).now()
