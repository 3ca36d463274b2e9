"""Run the command line: ``python -m audio_omni``."""

from .core.cli.main import main

if __name__ == "__main__":
    main()
