"""Is this gradient right? Checks that tell right, wrong, kinks and can't-tell apart.

`check_grads(f, *args)` passes or says what is wrong; `certify(f, *args)` shows every element.
"""

from autograd.testing.certify import Certificate, Row, certify
from autograd.testing.check import check_grads
from autograd.testing.verdicts import Verdict

__all__ = ["Certificate", "Row", "Verdict", "certify", "check_grads"]
