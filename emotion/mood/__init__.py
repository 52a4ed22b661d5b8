"""From readings to a mood that lasts."""
