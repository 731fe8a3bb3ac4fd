"""Tables in their publishers' own formats: an evaluation is a look-up. Nothing is trained."""
