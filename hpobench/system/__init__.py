"""What every program needs of a machine: processes, folders, imports, text. It knows no task."""
