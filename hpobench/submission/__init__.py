"""A stranger's results, checked and put together as a pull request for the leaderboard holds them.

It executes nothing but a sample of the runs, and never sends anything anywhere.
"""

from hpobench.submission.page import Submission
from hpobench.submission.request import SubmissionRequest
from hpobench.submission.writing import write_submission

__all__ = ["Submission", "SubmissionRequest", "write_submission"]
