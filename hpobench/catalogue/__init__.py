"""Find, validate and expand the YAML that defines tasks, optimizers and task sets.

It alone reads such files, and it never imports or executes what they name.
"""

from hpobench.catalogue.catalogue import Catalogue
from hpobench.catalogue.derived import FUNCTION
from hpobench.catalogue.places import located
from hpobench.catalogue.sets import Experiment, TaskSet
from hpobench.catalogue.wants import lacking
from hpobench.system.loading import load

__all__ = ["FUNCTION", "Catalogue", "Experiment", "TaskSet", "lacking", "load", "located"]
