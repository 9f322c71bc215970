"""The merged network as a graph of places."""
