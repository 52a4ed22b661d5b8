"""Learn and judge the fusion of face and voice."""
