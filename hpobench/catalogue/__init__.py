"""Find, validate and expand the YAML that defines tasks, optimizers and task sets."""

from hpobench.catalogue.catalogue import Catalogue, lacking, load
from hpobench.catalogue.sets import Experiment, TaskSet

__all__ = ["Catalogue", "Experiment", "TaskSet", "lacking", "load"]
