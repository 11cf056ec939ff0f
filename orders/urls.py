"""The addresses of orders and customers."""

from rest_framework.routers import SimpleRouter

from orders.views import CustomerViewSet, OrderViewSet

router = SimpleRouter(trailing_slash=False)
router.register("orders", OrderViewSet, basename="order")
router.register("customers", CustomerViewSet, basename="customer")
urlpatterns = router.urls
