"""Editing with a flow that was only trained to generate: no training, no source as a condition.

t = 1 is noise, t = 0 is data; z_t = (1 − t) z_0 + t z_1 and v = z_1 − z_0, so that what the flow
takes for data and for noise at z_t is ẑ_0 = z_t − t v and ẑ_1 = z_t + (1 − t) v.

The mathematics are functions of a velocity (`sdedit`, `ode_inversion`, `edit_friendly`,
`flow_edit`); `editor` is the contract that joins them to a model, `methods` and `controls` what
keeps it.
"""
