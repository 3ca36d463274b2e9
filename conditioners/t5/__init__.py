"""The t5 conditioner: a prompt read by a text encoder."""
