"""Every address of the shop."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
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

urlpatterns = [
    path("", to_the_desk),
    path("admin", to_the_desk),
    path("favicon.ico", icon),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path("api/v3/", include("orders.v3.urls")),
    path("api/", include("printshop.api.urls")),
    path("api/", include("printshop.bulk.urls")),
    path("api/", include("printshop.webhooks.urls")),
    path("api/", include("catalog.urls")),
    path("api/", include("orders.urls")),
    path("api/", include("jobs.urls")),
    path("api/docs", RedirectView.as_view(pattern_name="reference")),
    path("api/docs/", Reference.as_view(), name="reference"),
    re_path(r"^media/(?P<name>[a-z]+/[0-9a-f]{32}\.[0-9a-z]{3,4})$", media_file, name="media"),
    path("openapi.json", openapi, name="openapi"),
    re_path("^api/", UnknownAddress.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "nothing"))),
    path("", include("printshop.magento.urls")),
]
handler400 = "printshop.api.errors.answer_bad_request"
handler403 = "printshop.api.error_pages.forbidden"
handler404 = "printshop.api.error_pages.not_found"
handler500 = "printshop.api.errors.answer_server_error"
