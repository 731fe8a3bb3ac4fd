"""Turn a task that trains into a recorded table: what is trained once can be asked for ever.

Trainings are runs like all others, so that they resume, spread over machines and can be verified;
nothing here executes one.
"""

from hpobench.recording.parquet import check_recordable
from hpobench.recording.plan import levels_of, recording_plan
from hpobench.recording.quality import Quality, quality_of
from hpobench.recording.table import RecordedTable, read_trainings, training_rows
from hpobench.recording.writing import table_path, write_recording

__all__ = [
    "Quality",
    "RecordedTable",
    "check_recordable",
    "levels_of",
    "quality_of",
    "read_trainings",
    "recording_plan",
    "table_path",
    "training_rows",
    "write_recording",
]
