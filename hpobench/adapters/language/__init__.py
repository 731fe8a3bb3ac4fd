"""Language models beside another search: what they know at the start, or add; never one itself."""
