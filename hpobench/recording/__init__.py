"""Turn a task that trains into a recorded table: what is trained once can be asked for ever.

Trainings are runs like all others, so that they resume, spread over machines and can be verified;
nothing here executes one.
"""

from hpobench.recording.plan import levels_of, recording_plan
from hpobench.recording.quality import Quality, quality_of
from hpobench.recording.table import RecordedTable, read_trainings
from hpobench.recording.writing import write_recording

__all__ = [
    "Quality",
    "RecordedTable",
    "levels_of",
    "quality_of",
    "read_trainings",
    "recording_plan",
    "write_recording",
]
