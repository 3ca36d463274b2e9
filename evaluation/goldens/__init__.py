"""Our metrics beside the field's own tools, case by case: ``audio-omni metrics verify``."""
