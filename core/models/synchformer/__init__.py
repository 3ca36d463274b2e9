"""The video branch of Synchformer, which a conditioner and a metric look through."""
