"""Single fares: the port through which the feeds' fares come in."""
