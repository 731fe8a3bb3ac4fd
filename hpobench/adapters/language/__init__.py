"""Language models beside another search: what they know at the start, or add.

No model is in here, and none is downloaded.
"""
