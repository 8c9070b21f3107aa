"""How far a run is: a line for every tenth, with the rate of the stage and the time that is left."""

from bot.progress import Lines


def test_lines_tell_the_rate_and_what_is_left() -> None:
    said: list[str] = []
    now = iter((100.0, 110.0, 115.0, 120.0, 200.0, 210.0, 245.0, 300.0))
    told = Lines(said.append, lambda: next(now))
    for done, what in ((0, "a.md"), (50, "b.md"), (51, "c.md"), (1000, "d.md")):
        told(done, 1000, what)
    for done in (0, 10, 12, 100):
        told(done, 100, "embedding")
    assert said == [
        "reading: 0 of 1,000",
        # 50 and 51 are no tenth of a thousand, and came within half a minute; a thousand took 20 seconds
        "reading: 1,000 of 1,000, 50.0 a second",
        "embedding: 0 of 100",
        "embedding: 10 of 100, 1.0 a second, 1 min 30 s left",
        "embedding: 12 of 100, 0.3 a second, 5 min 30 s left",
        "embedding: 100 of 100, 1.0 a second",
    ]
