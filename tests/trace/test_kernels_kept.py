"""What Numba compiled from other sources is dropped: its own cache looks at one file only."""

import os
from pathlib import Path

from tracer.trace.compiled import forget_older


def test_a_changed_source_anywhere_below_drops_every_index(tmp_path: Path) -> None:
    inner, index = tmp_path / "rules" / "fifo.py", tmp_path / "rules" / "__pycache__" / "fifo.py311.nbi"
    index.parent.mkdir(parents=True)
    outer = tmp_path / "replay.py"
    for path in (inner, outer, index):
        path.write_text("1")
    assert forget_older(tmp_path)
    assert not index.exists(), "of what lay there before nobody knows from which sources it is"
    index.write_text("1")
    assert not forget_older(tmp_path)
    assert index.exists()
    outer.write_text("2")
    os.utime(outer, ns=(1, 1))
    assert forget_older(tmp_path)
    assert not index.exists()


def test_a_folder_that_is_not_there_drops_nothing(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where the folder would be")
    assert not forget_older(tmp_path)
