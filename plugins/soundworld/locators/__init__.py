"""What stands behind the colon of ``soundworld:…``: one small object for each kind of row."""
