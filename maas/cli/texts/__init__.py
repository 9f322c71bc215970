"""What commands print for people, in Japanese and English."""
