"""The addresses of webhooks."""

from rest_framework.routers import SimpleRouter

from printshop.webhooks.views import WebhookViewSet

router = SimpleRouter(trailing_slash=False)
router.register("webhooks", WebhookViewSet, basename="webhook")
urlpatterns = router.urls
