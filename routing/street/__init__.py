"""Walking: access, egress and footpaths."""
