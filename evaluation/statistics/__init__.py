"""The mathematics of the metrics: arrays in, numbers out; no files, no networks.

Letters of shapes: N rows (embeddings, clips or pairs), D width, C classes.
"""
