"""Data frames as files, for spreadsheets and for programs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from hpobench.analysis.pipeline import Analysis

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins like this for a formula, and runs it."""


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """All data frames of an analysis with their names."""
    for field in fields(analysis):
        value = getattr(analysis, field.name)
        if isinstance(value, pd.DataFrame):
            yield field.name, value


def write(analysis: Analysis, folder: Path) -> None:
    """Write each data frame as CSV and as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(_write, found, folder / name) for name, found in tables(analysis)]
    for job in jobs:
        job.result()


def _write(found: pd.DataFrame, path: Path) -> None:
    pq.write_table(pa.Table.from_pandas(found, preserve_index=False), f"{path}.parquet")
    pc.write_csv(pa.Table.from_pandas(harmless(found), preserve_index=False), f"{path}.csv")


def harmless(found: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts that no spreadsheet takes for a formula: a quote goes before them."""
    texts = found.select_dtypes(exclude=["number", "bool"]).columns
    return found.assign(**{name: _harmless(found[name]) for name in texts})


def _harmless(texts: pd.Series) -> pd.Series:
    """Few texts differ in a long column, so that it pays to look for those to be changed."""
    changed = {text: f"'{text}" for text in texts.unique() if str(text).startswith(FORMULA)}
    return texts.replace(changed) if changed else texts
