"""Zip or folder to tables of text, with every fault."""
