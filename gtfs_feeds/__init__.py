"""Read, validate, mend and merge timetable feeds."""
