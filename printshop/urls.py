"""Every address of the shop."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from catalog.views import media_file
from printshop.api.views import UnknownAddress
from printshop.health import healthz, readyz
from printshop.metrics import metrics
from printshop.openapi import Reference, openapi

# People come to the front door, or leave out the slash: both lead to the desk.
to_the_desk = RedirectView.as_view(pattern_name="admin:index")
# Browsers ask here where a page names no icon. By its plain name, which stays what it is.
icon = RedirectView.as_view(url=f"{settings.STATIC_URL}printshop/favicon.svg")

# Those that are called most stand first: each of the patterns before costs a call a little.
api: list[URLPattern | URLResolver] = [
    path("", include("catalog.urls")),
    path("", include("orders.urls")),
    path("", include("jobs.urls")),
    path("v3/", include("orders.v3.urls")),
    path("", include("printshop.api.urls")),
    path("", include("printshop.bulk.urls")),
    path("", include("printshop.webhooks.urls")),
    path("docs", RedirectView.as_view(pattern_name="reference")),
    path("docs/", Reference.as_view(), name="reference"),
    re_path("", UnknownAddress.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "nothing"))),
]
urlpatterns = [
    path("api/", include(api)),
    path("", to_the_desk),
    path("admin", to_the_desk),
    path("favicon.ico", icon),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    re_path(r"^media/(?P<name>[a-z]+/[0-9a-f]{32}\.[0-9a-z]{3,4})$", media_file, name="media"),
    path("openapi.json", openapi, name="openapi"),
    path("", include("printshop.magento.urls")),
]
handler400 = "printshop.api.errors.answer_bad_request"
handler403 = "printshop.api.error_pages.forbidden"
handler404 = "printshop.api.error_pages.not_found"
handler500 = "printshop.api.errors.answer_server_error"
