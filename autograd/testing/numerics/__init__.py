"""An analytic derivative beside numerical ones: which of its elements are right, which wrong.

Why believe a verdict? The function is sampled at steps ±2⁻², ±2⁻³, … in units of each number.

- Right gradients leave a Taylor remainder that falls as the step squared. (`glance`)
- Richardson's extrapolation over several steps gives the slope, and how fast it settles gives its
  error; of the steps that agree, the one with the smallest error counts. (`differences`)
- Rounding is measured, as the scatter of values at points as good as equal: what it can explain is
  neither right nor wrong. (`rounding`, `study`)
- Where the slopes from the left and from the right differ there is a kink, and any value between
  them is right; where they grow without end, a jump or an infinite slope. (`verdicts`)
- Where rounding hides the slope, and f takes complex numbers, the complex step sees it. (`study`)
- Many numbers are moved at once, along random directions that group contributions of one size, and
  only groups in doubt are looked into. (`search`, `probe`)
"""
