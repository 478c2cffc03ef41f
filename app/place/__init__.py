"""Where and when a frame was taken, as words: sun and time of day, country and state, the position between two fixes.

Pure: a position, a time and a picture's mean luminance go in, values come out; `unknown` where nothing is known.
"""
