"""Who may ask: Host, site, token, cookies."""
