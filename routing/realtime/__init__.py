"""Today's delays laid over the timetable."""
