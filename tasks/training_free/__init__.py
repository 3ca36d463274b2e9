"""Edits that need no training: a model that generates from text is all that they take.

They are what instruction-driven editing is compared with (paper, Tables 4 and A3), and the
controls that stand beside every method. No model hears the recording as a reference here: it is
where the flow starts from.
"""
