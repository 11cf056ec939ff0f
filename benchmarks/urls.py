"""The shop's addresses, and beside them the naive loop's and those of plain Django."""

from django.urls import include, path

from benchmarks.naive import NaiveJobs, NaiveOrders, NaiveSKUs
from benchmarks.orm import PlainJobs, PlainOrders, PlainSKUs

urlpatterns = [
    path("naive/orders", NaiveOrders.as_view({"post": "create"})),
    path("naive/jobs", NaiveJobs.as_view({"post": "create"})),
    path("naive/skus", NaiveSKUs.as_view({"post": "create"})),
    path("plain/orders", PlainOrders.as_view()),
    path("plain/jobs", PlainJobs.as_view()),
    path("plain/skus", PlainSKUs.as_view()),
    path("", include("printshop.urls")),
]
