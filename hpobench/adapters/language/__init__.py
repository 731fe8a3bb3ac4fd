"""Language models beside another search: what they know at the start, or what they add to it."""
