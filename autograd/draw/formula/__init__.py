"""Formulas: what an operation computes and what its rules send back, written down and simplified.

A rule is run on `symbols`, which write down what is done to them as trees (`expressions`, `terms`)
that simplify as they grow (`algebra`), as long as their `shapes` allow it, in the `notation` that
people use. `operations` asks: what does this operation compute, and what does it send back?
"""
