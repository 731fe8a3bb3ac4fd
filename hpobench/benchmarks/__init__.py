"""Collections of benchmarks, one module each."""
