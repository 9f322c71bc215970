"""Other sellers: the TOMP-API 2.0, by which a MaaS provider sells what we have."""
