"""What people read, in Japanese and English: one JSON file a language, flat keys."""
