"""Every address of the shop."""

from django.contrib import admin
from django.urls import include, path, re_path

from printshop.api.errors import answer_unknown_path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("printshop.api.urls")),
    path("api/", include("printshop.bulk.urls")),
    path("api/", include("catalog.urls")),
    path("api/", include("orders.urls")),
    path("api/", include("jobs.urls")),
    re_path("^api/", answer_unknown_path),
]
