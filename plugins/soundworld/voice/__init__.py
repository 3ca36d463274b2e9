"""A voice that speaks characters: each has its phone, and all of its timing is known."""
