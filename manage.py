#!/usr/bin/env python
"""Django's command line; without settings of one's own it works on what `make run` made."""

import os
import sys

from django.core.management import execute_from_command_line

DEVELOPMENT = "maestro.settings.dev"

if __name__ == "__main__":
    if os.environ.setdefault("DJANGO_SETTINGS_MODULE", DEVELOPMENT) == DEVELOPMENT:
        from maestro.embedded.parts import adopt_environment

        adopt_environment(os.environ)
    execute_from_command_line(sys.argv)
