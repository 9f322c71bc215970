"""What a journey costs by the fares that the feeds publish; unknown stays unknown."""
