"""Parts on their own, through their public interfaces."""
