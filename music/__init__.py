"""Songs: the catalogue, where they can be heard, and which of them suit a mood."""
