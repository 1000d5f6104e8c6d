"""scipy.special, where SciPy is installed; tests/test_scipy.py is skipped where it is not."""

from importlib.util import find_spec

import numpy as np
from hypothesis import strategies as st

from autograd.testing.strategies import Made, Numbers, plane, positive, real, right_plane
from calls import a_flag, axes_of, no_scalar, not_empty, one_of, takes

DOMAINS = {}

# Cheap ones, for there are many functions: how arrays broadcast and lie is the engine's part.
FEW = {n: [[(2,)] * n, [(2, 1), *[(2,)] * (n - 1)], [()] * n] for n in (1, 2, 3)}


def few(n):
    return st.sampled_from(FEW[n])


def on(*arguments, **static):
    return takes(*arguments, shapes=few, **static)


unit, open_unit = Numbers(0.1, 0.9), Numbers(-0.9, 0.9)
above_two = Numbers(2.1, 4)


def any_axes(x):
    """None or some of the axes; SciPy gives axis=() a meaning of its own."""
    return st.none() | axes_of(x) if x.ndim else None


def first(f, *args, **kwargs):
    """The first of several outputs."""
    return f(*args, **kwargs)[0]


order, degree = one_of(0.0, 1.0, -1.5, 2.5), one_of(0, 1, 2, 3)
shape, another = one_of(0.7, 1.0, 3.5), one_of(0.6, 2.0)

if find_spec("scipy") is not None:
    import autograd.scipy.special as special
    from autograd.scipy.special import scaled_ierfc

    DOMAINS |= {
        # exponentials, logarithms, powers
        special.expit: on(real),
        special.log_expit: on(real),
        special.logit: on(unit),
        special.expm1: on(plane),
        special.log1p: on(right_plane),
        special.exp2: on(real),
        special.exp10: on(real),
        special.cbrt: on(positive),
        special.exprel: on(real),
        special.cosm1: on(real),
        special.sindg: on(real),
        special.cosdg: on(real),
        special.tandg: on(real),
        special.cotdg: on(Numbers(30, 40)),
        special.radian: on(real, real, real),
        special.powm1: on(positive, real),
        special.xlogy: on(plane, right_plane, ties=False),
        special.xlog1py: on(plane, right_plane, ties=False),
        special.entr: on(positive),
        special.rel_entr: on(positive, positive),
        special.kl_div: on(positive, positive),
        special.boxcox: on(positive, real),
        special.boxcox1p: on(positive, real),
        special.inv_boxcox: on(unit, unit),
        special.inv_boxcox1p: on(unit, unit),
        special.huber: [on(unit, Numbers(1, 2)), on(Numbers(2.1, 3), real)],
        special.pseudo_huber: on(positive, real),
        special.lambertw: [on(right_plane), on(right_plane, one_of(-1, 1), tol=1e-10)],
        special.wrightomega: on(plane),
        # sums of exponentials
        special.logsumexp: [  # SciPy's own makes 0-d arrays 1-d
            takes(real, axis=any_axes, keepdims=a_flag, shapes=no_scalar),
            takes(real, None, positive, keepdims=a_flag, shapes=[[(2,), (2,)]], ties=False),
            takes(
                plane,
                -1,
                positive,  # so that the sum stays away from 0
                return_sign=True,
                via=first,
                shapes=[[(2, 2), (2,)]],
                ties=False,
            ),
        ],
        special.softmax: takes(real, axis=any_axes, shapes=not_empty),
        special.log_softmax: takes(real, axis=any_axes, shapes=not_empty),
        # the error function, the normal distribution
        scaled_ierfc: on(Made(lambda x: 2 * x, complex=True), one_of(0, 1, 2)),
        special.erf: on(plane),
        special.erfc: on(plane),
        special.erfi: on(plane),
        special.erfcx: on(plane),
        special.dawsn: on(plane),
        special.erfinv: on(open_unit),
        special.erfcinv: on(unit),
        special.wofz: on(plane),
        special.voigt_profile: on(real, positive, positive, ties=False),
        special.ndtr: on(plane),
        special.log_ndtr: on(plane),
        special.ndtri: on(unit),
        special.ndtri_exp: on(Numbers(-3, -0.1)),
        special.owens_t: on(real, real),
        # the gamma function
        special.gamma: on(positive),
        special.gammaln: on(positive),
        special.loggamma: on(positive),
        special.rgamma: on(real),
        special.digamma: on(positive),
        special.polygamma: on(degree, positive),
        special.multigammaln: on(above_two, one_of(1, 3)),
        special.beta: on(positive, positive),
        special.betaln: on(positive, positive),
        special.binom: on(above_two, unit),
        special.poch: on(positive, positive),
        special.zeta: on(one_of(2.0, 3.5), positive),
        # Bessel functions
        special.jv: on(order, right_plane),
        special.yv: on(order, right_plane),
        special.iv: on(order, right_plane),
        special.kv: on(order, right_plane),
        special.hankel1: on(order, right_plane),
        special.hankel2: on(order, right_plane),
        special.jve: on(order, right_plane),
        special.yve: on(order, right_plane),
        special.ive: on(order, right_plane),
        special.kve: on(order, right_plane),
        special.hankel1e: on(order, right_plane),
        special.hankel2e: on(order, right_plane),
        special.yn: on(degree, positive),
        special.kn: on(degree, positive),
        **{getattr(special, name): on(real) for name in ("j0", "j1", "i0", "i1", "i0e", "i1e")},
        **{getattr(special, name): on(positive) for name in ("y0", "y1", "k0", "k1", "k0e", "k1e")},
        special.spherical_jn: on(degree, right_plane, a_flag),
        special.spherical_yn: on(degree, right_plane, a_flag),
        special.spherical_in: on(degree, right_plane, a_flag),
        special.spherical_kn: on(degree, right_plane, a_flag),
        special.jvp: on(order, right_plane, degree),
        special.yvp: on(order, right_plane, degree),
        special.ivp: on(order, right_plane, degree),
        special.kvp: on(order, right_plane, degree),
        special.h1vp: on(order, right_plane, degree),
        special.h2vp: on(order, right_plane, degree),
        special.struve: on(shape, positive),
        special.modstruve: on(shape, positive),
        **{getattr(special, name): on(real) for name in ("ber", "bei", "berp", "beip")},
        **{getattr(special, name): on(positive) for name in ("ker", "kei", "kerp", "keip")},
        # several outputs, and integrals
        special.airy: on(plane),
        special.itj0y0: on(positive),
        special.iti0k0: on(positive),
        special.itstruve0: on(positive),
        special.itmodstruve0: on(positive),
        special.it2struve0: on(positive),
        special.fresnel: on(plane),
        special.sici: on(right_plane),
        special.shichi: on(right_plane),
        special.ellipj: on(real, one_of(0.3, 0.8)),
        special.pbdv: on(shape, real),
        special.pbvv: on(one_of(0.7, 3.5), real),
        special.pbwa: on(shape, real),
        special.expi: on(right_plane),
        special.exp1: on(right_plane),
        special.expn: on(degree, positive),
        special.spence: on(right_plane),
        # elliptic integrals, hypergeometric functions
        special.ellipk: on(open_unit),
        special.ellipkm1: on(unit),
        special.ellipe: on(open_unit),
        special.ellipkinc: on(real, one_of(0.3, -2.0)),
        special.ellipeinc: on(real, one_of(0.3, -2.0)),
        special.hyp0f1: on(shape, plane),
        special.hyp1f1: on(shape, another, plane),
        special.hyp2f1: on(shape, another, shape, open_unit),
        special.hyperu: on(shape, another, positive),
        special.wright_bessel: on(shape, another, positive),
        # orthogonal polynomials
        special.eval_jacobi: on(degree, shape, another, plane),
        special.eval_sh_jacobi: on(degree, 2.5, another, plane),
        special.eval_gegenbauer: on(degree, shape, plane),
        special.eval_genlaguerre: on(degree, shape, plane),
        special.eval_hermite: on(degree, real),
        special.eval_hermitenorm: on(degree, real),
        **{
            getattr(special, f"eval_{name}"): on(degree, plane)
            for name in (
                "laguerre legendre chebyt chebyu chebyc chebys sh_legendre sh_chebyt sh_chebyu"
            ).split()
        },
        # distributions
        **{
            getattr(special, name): on(shape, positive)
            for name in ("gammainc", "gammaincc", "chdtr", "chdtrc", "stdtr")
        },
        **{getattr(special, name): on(degree, positive) for name in ("pdtr", "pdtrc")},
        **{
            getattr(special, name): on(shape, unit)
            for name in ("gammaincinv", "gammainccinv", "chdtri", "stdtrit")
        },
        special.pdtri: on(degree, unit),
        **{
            getattr(special, name): on(shape, another, unit)
            for name in "betainc betaincc betaincinv betainccinv fdtr fdtrc".split()
        },
        **{
            getattr(special, name): on(degree, np.int64(5), unit)
            for name in "bdtr bdtrc bdtri nbdtr nbdtrc nbdtri".split()
        },
        special.fdtri: on(one_of(2.0, 3.5), one_of(4.0, 5.0), unit),
        special.gdtr: on(positive, shape, positive),
        special.gdtrc: on(positive, shape, positive),
        special.gdtrix: on(positive, shape, unit, ties=False),
    }
    if hasattr(special, "log_wright_bessel"):
        DOMAINS[special.log_wright_bessel] = on(shape, another, positive)
    if hasattr(special, "softplus"):
        DOMAINS[special.softplus] = on(real)
