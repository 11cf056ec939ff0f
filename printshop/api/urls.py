"""The addresses of API keys."""

from rest_framework.routers import SimpleRouter

from printshop.api.keys import APIKeyViewSet

router = SimpleRouter(trailing_slash=False)
router.register("auth/api-keys", APIKeyViewSet, basename="api-key")
urlpatterns = router.urls
