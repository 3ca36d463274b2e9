"""The table of editing: one model's methods and controls on any set of editing rows."""
