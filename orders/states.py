"""The statuses of an order and which requests may touch it in which."""

from django.db.models import TextChoices


class OrderStatus(TextChoices):
    """In the order in which an order usually meets them; the last three end or halt it."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PROCESSING = "processing"
    PRINTING = "printing"
    POST_PROCESSING = "post_processing"
    READY = "ready"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PAUSED = "paused"


S = OrderStatus
# A roll-up of jobs never overwrites these: people put the order there, or nobody has paid yet.
HELD = frozenset({S.PAUSED, S.REFUNDED, S.PENDING_PAYMENT})
CANCELLABLE = frozenset({S.PENDING_PAYMENT, S.PAID, S.PROCESSING, S.PRINTING, S.POST_PROCESSING, S.READY, S.PAUSED})
PAID_OR_BEYOND = frozenset({S.PAID, S.PROCESSING, S.PRINTING, S.POST_PROCESSING, S.READY, S.SHIPPED})
# Past its due date an order in one of these is no longer overdue.
DONE = frozenset({S.SHIPPED, S.CANCELLED, S.REFUNDED})


class OrderType(TextChoices):
    """How an order came to be; all but `sale` come from storefronts of digital goods."""

    SALE = "sale"
    PERMISSION = "permission"
    REPORT = "report"


class PaymentKind(TextChoices):
    """Money in, money back."""

    PAYMENT = "payment"
    REFUND = "refund"


class PaymentStatus(TextChoices):
    """Whether the money has moved."""

    PENDING = "pending"
    SETTLED = "settled"
    VOID = "void"


class EntitlementStatus(TextChoices):
    """Whether a digital thing may be used; that it has expired is said by its date alone."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class QuoteStatus(TextChoices):
    """A quote can be added to until it becomes an order."""

    OPEN = "open"
    ORDERED = "ordered"
