"""The addresses of SKUs."""

from rest_framework.routers import SimpleRouter

from catalog.views import SKUViewSet

router = SimpleRouter(trailing_slash=False)
router.register("skus", SKUViewSet, basename="sku")
urlpatterns = router.urls
