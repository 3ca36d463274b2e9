"""The clap conditioner: a prompt in the space that text and sound share."""
