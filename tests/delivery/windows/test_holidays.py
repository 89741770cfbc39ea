"""Which days do calendars keep free, and what of a file that is none?"""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from delivery.windows.holidays import BadCalendar, between

BERLIN = ZoneInfo("Europe/Berlin")
START, END = date(2026, 12, 1), date(2027, 1, 31)


def events(*blocks: str) -> str:
    inside = "".join(f"BEGIN:VEVENT\r\n{block}END:VEVENT\r\n" for block in blocks)
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//free days//EN\r\n"
    return f"{head}{inside}END:VCALENDAR\r\n"


def event(start: str, end: str = "", name: str = "", more: str = "") -> str:
    lines = ["UID:one@example.org", f"DTSTART{start}"]
    lines += [f"DTEND{end}"] if end else []
    lines += [f"SUMMARY:{name}"] if name else []
    lines += [more] if more else []
    return "".join(f"{line}\r\n" for line in lines)


def days(folder: Path, text: str | bytes) -> dict[date, str]:
    path = folder / "free.ics"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return between([path], START, END, BERLIN)


def test_a_whole_day_is_free_and_the_day_after_it_is_not(tmp_path: Path) -> None:
    found = days(
        tmp_path, events(event(";VALUE=DATE:20261225", ";VALUE=DATE:20261226", "Christmas"))
    )
    assert found == {date(2026, 12, 25): "Christmas"}


def test_a_day_without_an_end_is_one_day_and_one_without_a_name_has_one(tmp_path: Path) -> None:
    assert days(tmp_path, events(event(";VALUE=DATE:20261225"))) == {date(2026, 12, 25): "Holiday"}


def test_several_days_are_all_free(tmp_path: Path) -> None:
    block = event(";VALUE=DATE:20261224", ";VALUE=DATE:20270102", "Frozen")
    assert sorted(days(tmp_path, events(block))) == [
        *(date(2026, 12, day) for day in range(24, 32)),
        date(2027, 1, 1),
    ]


def test_what_returns_every_year_is_found_this_year_but_for_its_exception(tmp_path: Path) -> None:
    yearly = event(";VALUE=DATE:20000101", ";VALUE=DATE:20000102", "New Year", "RRULE:FREQ=YEARLY")
    gone = yearly.replace("one@", "two@").replace("0101", "0106").replace("0102", "0107")
    gone += "EXDATE;VALUE=DATE:20270106\r\n"
    assert days(tmp_path, events(yearly, gone)) == {date(2027, 1, 1): "New Year"}


def test_hours_are_read_in_the_zone_of_the_team(tmp_path: Path) -> None:
    block = event(":20261224T233000Z", ":20261225T003000Z", "Night")  # 00:30 in Berlin
    assert sorted(days(tmp_path, events(block))) == [date(2026, 12, 25)]


def test_a_calendar_that_changes_is_read_again(tmp_path: Path) -> None:
    assert days(tmp_path, events(event(";VALUE=DATE:20261225"))) != {}
    assert days(tmp_path, events()) == {}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00\xff\xfe",
        "no calendar at all",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:never\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
    ],
)
def test_a_file_that_is_no_calendar_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(BadCalendar, match=r"free\.ics"):
        days(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCalendar, match="cannot be read"):
        between([tmp_path / "missing.ics"], START, END, BERLIN)


def test_a_file_beyond_all_measure_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.ics"
    with path.open("wb") as file:
        file.truncate(6 * 1024 * 1024)
    with pytest.raises(BadCalendar, match="more than"):
        between([path], START, END, BERLIN)
