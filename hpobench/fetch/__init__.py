"""Bring data sets from their publishers to this machine, checked and all or nothing.

It never interprets what it brings, and nothing is fetched that nobody asked for.
"""
