"""The shop's addresses with the v3 dialect among them."""

from django.urls import include, path

from printshop.urls import urlpatterns as shop

urlpatterns = [path("api/v3/", include("orders.v3.urls")), *shop]
