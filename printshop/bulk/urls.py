"""The addresses of recorded operations."""

from rest_framework.routers import SimpleRouter

from printshop.bulk.operations.views import OperationViewSet

router = SimpleRouter(trailing_slash=False)
router.register("bulk-operations", OperationViewSet, basename="operation")
urlpatterns = router.urls
