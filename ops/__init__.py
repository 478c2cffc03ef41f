"""How roadsieve is run and watched: the broker it brings along, its measurements, its dashboards."""
