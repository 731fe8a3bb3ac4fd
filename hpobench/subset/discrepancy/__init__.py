"""The mathematics of star discrepancies, of points and boxes alone. It knows no task."""
