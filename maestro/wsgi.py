"""The WSGI entry point, served by granian."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from maestro.kernel.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro.settings.prod")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # the first request would wait for it
settle()
