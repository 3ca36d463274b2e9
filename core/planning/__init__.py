"""What a run needs before it starts: sizes, memory, operations, storage, files."""
