"""Where pictures come from, and what is drawn on them."""
