"""What is for sale: passes (企画乗車券) and single tickets, as versioned data."""
