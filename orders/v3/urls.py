"""The addresses of the v3 dialect."""

from rest_framework.routers import SimpleRouter

from orders.v3.views import OrderViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False)
router.register("orders", OrderViewSet, basename="v3-order")
router.register("users", UserViewSet, basename="v3-user")
urlpatterns = router.urls
