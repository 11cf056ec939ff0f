"""The shop's addresses, and beside them the naive loop's."""

from django.urls import include, path

from benchmarks.naive import NaiveJobs, NaiveOrders, NaiveSKUs

urlpatterns = [
    path("naive/orders", NaiveOrders.as_view({"post": "create"})),
    path("naive/jobs", NaiveJobs.as_view({"post": "create"})),
    path("naive/skus", NaiveSKUs.as_view({"post": "create"})),
    path("", include("printshop.urls")),
]
