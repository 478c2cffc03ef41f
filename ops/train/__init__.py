"""Train the network that ships: pictures from the renderer, a small network, its export and its figures."""
