"""Models at work: their sidecars, LiteRT, forests and calibration."""
