"""How roadsieve is run and watched: the broker it brings along, the full stack in a file, measurements, dashboards."""
