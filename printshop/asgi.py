"""The ASGI entry point, for servers that speak it; the shop itself is synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "printshop.settings")
application = get_asgi_application()
