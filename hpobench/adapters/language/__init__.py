"""Language models beside another search: what they know at the start, or add.

Never one that searches by itself.
"""
