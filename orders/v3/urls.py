"""The addresses of the v3 dialect."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from orders.v3.edge import UnknownV3Address
from orders.v3.views import OrderViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False)
router.register("orders", OrderViewSet, basename="v3-order")
router.register("users", UserViewSet, basename="v3-user")
nothing = UnknownV3Address.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "nothing"))
urlpatterns = [*router.urls, re_path("", nothing)]
