"""Models: their cards, their folders and the store that finds and adds them."""
