"""Collections of benchmarks behind one interface. None knows which optimizer asks."""
