"""Admin actions that show their plan before they carry it out.

The page is a dry run of the very operation that its button runs: what will change, what stays, what is refused and why.
The button carries a fingerprint of the plan that was shown; where the shop has moved on meanwhile, nothing is done and
the plan is shown as it is now. Few rows are done at once, many are put into the queue.
"""

from printshop.api.confirming import PlanChanged
from printshop.bulk.confirm.actions import ConfirmedAction
from printshop.bulk.confirm.forms import ReasonForm, TermsForm
from printshop.bulk.confirm.plans import fingerprint
from printshop.bulk.confirm.wording import shown, told

__all__ = ["ConfirmedAction", "PlanChanged", "ReasonForm", "TermsForm", "fingerprint", "shown", "told"]
