"""The WSGI entry point: ``waitress-serve printshop.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "printshop.settings")
application = get_wsgi_application()
