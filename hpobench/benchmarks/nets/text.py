"""Small transformers that learn to go on with a text, with what these networks measure."""

from hpobench.benchmarks.learners.language import Language
from hpobench.benchmarks.nets.net import Net


class TextNetwork(Net, Language):
    """The transformer of `Language`, on the device that a run was given."""

    def __init__(self, *, dataset: str, device: str = "auto") -> None:
        super().__init__(dataset=dataset)
        self.use_device(device)
