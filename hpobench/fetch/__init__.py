"""Bring data sets from their publishers to this machine, checked and all or nothing."""
