"""The networks of the core: transformer, and the model that joins the parts."""
