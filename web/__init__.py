"""The Flask side: pages, the stream, the JSON API, and what keeps them safe."""
