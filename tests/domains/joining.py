"""Joining arrays and taking them apart."""

import numpy as np

from calls import alike, joinable, joint_axis, plane, some_axis, stack_axis, takes

DOMAINS = {
    np.concatenate: [
        takes([plane, plane, plane], axis=joint_axis, shapes=joinable),
        takes([plane], axis=0, shapes=some_axis),
    ],
    np.stack: takes([plane, plane, plane], axis=stack_axis, shapes=alike),
}
