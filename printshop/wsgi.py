"""The WSGI entry point: ``waitress-serve printshop.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from printshop.api.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "printshop.settings")
application = get_wsgi_application()

# Now rather than with the first request.
get_resolver().url_patterns  # noqa: B018
settle()
