"""What of scipy.special has no derivative here, and why.

Names that the installed SciPy lacks, because it is older or newer, are left out.
"""

from __future__ import annotations

from scipy import special

from autograd.scipy.names import refusing

_refused = refusing(special)
_refused(
    "SciPy has no function for its derivative",
    """agm besselpoly ellip_harm ellip_harm_2 elliprc elliprd elliprf elliprg elliprj it2i0k0
    it2j0y0 kolmogi kolmogorov modfresnelm modfresnelp smirnov smirnovi tklmbda zetac""",
)
_refused(
    "SciPy has no function for its derivatives by the parameters of a distribution",
    """bdtrik bdtrin btdtria btdtrib chdtriv chndtr chndtridf chndtrinc chndtrix fdtridfd gdtria
    gdtrib nbdtrik nbdtrin ncfdtr ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc nctdtr nctdtridf
    nctdtrinc nctdtrit nrdtrimn nrdtrisd pdtrik stdtridf""",
)
_refused(
    "it returns the value and its derivative, of which the second has none in SciPy",
    """mathieu_a mathieu_b mathieu_cem mathieu_modcem1 mathieu_modcem2 mathieu_modsem1
    mathieu_modsem2 mathieu_sem obl_ang1 obl_ang1_cv obl_cv obl_rad1 obl_rad1_cv obl_rad2
    obl_rad2_cv pro_ang1 pro_ang1_cv pro_cv pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv""",
)
_refused("SciPy computes it to six digits only; airy is supported", "itairy")
_refused("its scaling is not smooth; airy is supported", "airye")
_refused("ber, bei, ker, kei and their derivatives are supported, one by one", "kelvin")
_refused(
    "it is for a list of degrees; the function for one degree is supported, or eval_legendre",
    """assoc_legendre_p assoc_legendre_p_all clpmn legendre_p legendre_p_all lmbda lpmn lpmv lpn
    lqmn lqn pbdn_seq pbdv_seq pbvv_seq riccati_jn riccati_yn""",
)
_refused(
    "write it with eval_jacobi, sin and cos, which are supported",
    "sph_harm sph_harm_y sph_harm_y_all sph_legendre_p sph_legendre_p_all",
)
_refused("SciPy calls it betainc or betaincinv now, which are supported", "btdtr btdtri")
_refused("it is for integers; binom is smooth", "comb")
_refused("it is for integers; poch is smooth", "perm")
_refused("it is for integers; gamma is smooth", "factorial factorial2 factorialk stirling2")
_refused("write it with sin, which is supported", "diric")
_refused(
    "it takes integers and parameters: pass them as plain numbers",
    """ai_zeros bei_zeros beip_zeros ber_zeros bernoulli berp_zeros bi_zeros erf_zeros euler
    fresnel_zeros fresnelc_zeros fresnels_zeros jn_zeros jnjnp_zeros jnp_zeros jnyn_zeros kei_zeros
    keip_zeros kelvin_zeros ker_zeros kerp_zeros y0_zeros y1_zeros y1p_zeros yn_zeros ynp_zeros
    ellip_normal mathieu_even_coef mathieu_odd_coef obl_cv_seq pro_cv_seq
    roots_chebyc roots_chebys roots_chebyt roots_chebyu roots_gegenbauer roots_genlaguerre
    roots_hermite roots_hermitenorm roots_jacobi roots_laguerre roots_legendre roots_sh_chebyt
    roots_sh_chebyu roots_sh_jacobi roots_sh_legendre""",
)
_refused(
    "it makes a polynomial of plain numbers; the functions eval_… are supported",
    """assoc_laguerre chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi
    laguerre legendre sh_chebyt sh_chebyu sh_jacobi sh_legendre""",
)
