"""What calls where: vehicles at stops, whole runs, rides as legs, with live data laid over."""
